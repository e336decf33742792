// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Where the members of an uncompressed tar stand, so that they can be read in any order, by several
 * threads, without another pass. It knows the forms that packages have (ustar and GNU's long names);
 * for everything else there is archive::Reader.
 */
#pragma once

#include "tree/inventory.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::archive {

struct TarMember {
    /// As the archive states it: the path is neither cleaned nor checked, but for a slash at its end.
    tree::Entry entry;
    /// Set: another name of that earlier member.
    std::optional<std::string> hardlink_target;
    /// Names of the owners; empty if the archive has none.
    std::string user;
    std::string group;
    /// Where the content begins.
    std::uint64_t offset = 0;
};

struct TarIndex {
    std::vector<TarMember> members;
    /// Why the archive is none that this index can describe; `members` is cut short then. Empty: all
    /// is described.
    std::string problem;
};

/// @param fd of the tar; its position is neither used nor changed. @param name for messages.
/// @param most_members more are a problem.
/// @throws base::SystemError if it can't be read.
TarIndex read_tar_index(int fd, const std::string& name, std::size_t most_members = SIZE_MAX);

} // namespace imgbuild::archive
