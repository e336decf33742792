// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/base_image.hpp"
#include "build/container_input.hpp"
#include "description/beside.hpp"
#include "description/request.hpp"
#include "pack/packer.hpp"
#include "package/package_manager.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::build {

/// What a package stage installs.
struct PackageSet {
    package::PackageRequest request;
    package::Resolution resolution;
};

/// All that stages are made from: the description as narrowed, what lies beside it, and what its
/// packages were resolved to. Outlives the stages.
struct Inputs {
    description::Request request;
    description::Beside beside;
    /// What the root stands on instead of nothing.
    std::optional<BaseImage> base;
    /// The bootstrap's packages alone, where something of the description comes between them and the
    /// image's; `resolution` is on top of it then.
    std::optional<PackageSet> bootstrap;
    package::PackageRequest packages;
    /// Repositories with imageinclude or imageonly.
    std::vector<package::PackageSource> image_sources;
    package::Resolution resolution;
    std::vector<ContainerInput> containers;
    /// Seconds since 1970: the time that files get which would otherwise carry the build's.
    std::int64_t epoch = 0;
    pack::Compression compression = pack::Compression::standard;
    /// --secret: name → file of the host.
    std::map<std::string, std::string> secrets;
    /// What a user types to get at these same stages, for hints: "imgbuild shell DESCRIPTION OPTIONS".
    std::string shell_command;
};

} // namespace imgbuild::build
