// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/selection.hpp"
#include "pack/packer.hpp"
#include "root/layered_root.hpp"

#include <map>
#include <optional>
#include <string>

namespace imgbuild::build {

/// What a user asks of one build, besides the description itself.
struct BuildOptions {
    /// A file or directory.
    std::string description;
    description::Selection selection;
    std::string target_directory;
    /// Wins over the type's.
    std::optional<pack::Compression> compression;
    /// --secret: name → file.
    std::map<std::string, std::string> secrets;
    root::DriverChoice driver = root::DriverChoice::automatic;
    bool refresh = false;
    bool allow_expired = false;
    std::string tool_version;
    /// See Inputs.
    std::string shell_command;
};

} // namespace imgbuild::build
