// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pack/content_source.hpp"
#include "tree/inventory.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::pack {

/// What a root's package database says of one package.
struct PackageList {
    /// "libc6:amd64"
    std::string name;
    /// The paths that the package brought, a line each: "/usr/bin/x". Any text: lines that name nothing of
    /// the root count for nothing.
    std::string lines;
    /// When it was unpacked: its files are older, unless something changed them since.
    tree::Time unpacked;
};

/// True for the lists that `read_package_lists` reads: regular files where dpkg has them, none larger than
/// any package's.
bool is_package_list(const tree::Entry& entry);

/// The lists of dpkg, sorted by package; none if the root has no such database.
/// @param content of the root that `inventory` describes.
/// @throws base::IntegrityError if a list is not what the inventory says.
std::vector<PackageList>
read_package_lists(const ContentSource& content, const tree::Inventory& inventory);

/// Says which package an entry stands in the root for.
class PackageOwners {
public:
    /// @param inventory, lists outlive the object.
    PackageOwners(const tree::Inventory& inventory, const std::vector<PackageList>& lists);

    /// The number of the package that brought the entry, if it is as any root would have it that has this
    /// package: not changed since, not owned by an account that each root numbers in its own way, not below
    /// /etc, which is for everybody to change. If several packages name it, the first one.
    std::optional<std::size_t> owner_of(std::size_t entry) const;

private:
    const tree::Inventory& inventory_;
    const std::vector<PackageList>& lists_;
    /// By entry: the package's number from 1 on; 0: none names it.
    std::vector<std::uint32_t> numbers_;
};

} // namespace imgbuild::pack
