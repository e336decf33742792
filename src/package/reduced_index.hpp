// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "package/packages_index.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// The Packages files of an index, cut down to what an installation of `names` can have to do with: the
/// packages of these names and those that provide them, in all versions, and again all that may satisfy
/// a dependency of one of these. A few percent of an archive, with which apt decides as with all of it.
///
/// Where two packages suit apt equally it takes the one whose name it met first. For the sake of that
/// order, a package out of the question that mentions one of the others for the first time stays as a
/// stub: with these mentions only.
/// @param files how many Packages files the index has. @param with_recommended recommended packages are
///        dependencies, too.
/// @returns the text of each file.
std::vector<std::string> reduced_index(
    const PackagesIndex& index,
    std::size_t files,
    const std::set<std::string, std::less<>>& names,
    bool with_recommended);

/// The names in dpkg's database `status`: packages, and what these depend on or recommend.
std::set<std::string, std::less<>> names_in_status(std::string_view status);

} // namespace imgbuild::package
