// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <string>
#include <vector>

namespace imgbuild::images {

/// A file that two images don't have alike.
struct FileDifference {
    enum class Kind { added, removed, changed };
    Kind kind = Kind::changed;
    std::string path;
    /// Of a changed one: "content", "mode 0755 instead of 0644", …
    std::vector<std::string> what;
};

/// A name that has another value, such as a package and its version; empty where it is missing.
struct ValueDifference {
    std::string name;
    std::string before;
    std::string after;
};

struct ImageDifference {
    std::vector<FileDifference> files;
    std::vector<ValueDifference> packages;
    /// Numbers of users and groups.
    std::vector<ValueDifference> users;
    std::vector<ValueDifference> groups;

    bool empty() const {
        return files.empty() && packages.empty() && users.empty() && groups.empty();
    }
};

/// An image's root with its inventory, digests included.
struct LookedAt {
    const root::Root& root;
    const tree::Inventory& inventory;
};

/// @param with_times whether files that differ in nothing but their time count.
ImageDifference compare_images(const LookedAt& before, const LookedAt& after, bool with_times);

} // namespace imgbuild::images
