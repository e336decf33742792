// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>
#include <string>

namespace imgbuild::base {

/// Removes a tree of any depth, never following a link, never leaving its file system. Missing is fine.
/// Directories that can't be read are made readable first.
/// @param parent a directory's descriptor, or AT_FDCWD.
/// @throws Interrupted if a stop was requested: the rest of the tree is still there then.
void remove_tree(int parent, const std::string& name, const std::stop_token& stop);

/// The same by path.
void remove_tree(const std::string& path, const std::stop_token& stop);

} // namespace imgbuild::base
