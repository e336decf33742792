// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// Follows what dpkg prints (in the C locale): how far it is, and what failed.
class DpkgOutput {
public:
    /// One line of its output. @returns true if a package was unpacked, configured or removed.
    bool read(std::string_view line);

    /// The error for a dpkg that ended with `status`: names the first package that failed and its
    /// script. Exit code 4, but 74 if the disk is full.
    base::Error error(int status, const std::vector<std::string>& last_lines) const;

private:
    /// The first one that failed, and dpkg's reason.
    std::string package_;
    std::string reason_;
    bool reason_follows_ = false;
    bool disk_full_ = false;
};

} // namespace imgbuild::package
