// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What takes the space in an image, and what could go. Sizes are those of regular files, of several names
 * of one file the first; what /etc/warewulf/excludes leaves out does not count.
 */
#pragma once

#include "base/context.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace imgbuild::images {

/// A directory or file and what is in it, largest first.
struct SizeNode {
    std::string name;
    std::uint64_t bytes = 0;
    std::vector<SizeNode> children;
};

struct NamedSize {
    std::string name;
    std::uint64_t bytes = 0;
};

/// Something most nodes don't need.
struct Saving {
    std::string what;
    std::uint64_t bytes = 0;
    /// Lines for /etc/warewulf/excludes.
    std::vector<std::string> excludes;
    /// What to know before.
    std::string note;
};

SizeNode size_tree(const tree::Inventory& inventory);

/// The largest directories, without those that have nearly all from one directory in them.
std::vector<NamedSize> largest_directories(const SizeNode& tree, std::size_t count);

/// By package, largest first; what belongs to none comes as "(no package)". Empty if the image has no
/// package database that this version reads.
std::vector<NamedSize> package_sizes(const root::Root& root, const tree::Inventory& inventory);

/// Largest first; only what the image has.
/// @param inventory of what nodes get.
std::vector<Saving> possible_savings(
    const root::Root& root, const tree::Inventory& inventory, const base::Context& context);

/// A page of its own, without anything from elsewhere, that shows the tree as nested rectangles: a click
/// goes into a directory, the path above leads back.
std::string size_page(const std::string& title, const SizeNode& tree);

} // namespace imgbuild::images
