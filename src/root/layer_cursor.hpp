// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"

#include <string>
#include <string_view>

namespace imgbuild::root {

/// The last component of a path of an inventory; "." for the root itself.
std::string name_of(std::string_view path);

/// The path without its last component; the root is its own parent.
std::string_view parent_path(std::string_view path);

/// Opens the directories of a tree for work on their entries, by the paths of an inventory. Follows no
/// links and leaves the tree for nobody; paths may be longer than the kernel's limit. Remembers the
/// last directory: with sorted paths nearly every call is free. Not thread-safe.
class DirectoryCursor {
public:
    /// @param root stays the caller's and outlives the cursor. @param name of the tree for messages.
    DirectoryCursor(int root, std::string name);

    /// The directory that holds `path`, for *at calls with `name_of(path)`. Valid until the next call.
    /// @throws base::SystemError if it is missing or not a directory.
    int parent_of(std::string_view path);

    /// As `parent_of`; -1 if it is missing or not a directory.
    int try_parent_of(std::string_view path);

    /// A path that the kernel resolves to `path` even if it is a link, for calls that take no
    /// directory. Valid until the next call of another method.
    std::string kernel_path(std::string_view path);

    /// For messages.
    std::string full_name(std::string_view path) const;

private:
    int root_;
    std::string name_;
    std::string directory_;
    base::UniqueFd fd_;
};

} // namespace imgbuild::root
