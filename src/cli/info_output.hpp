// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/overview.hpp"
#include "package/package_manager.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgbuild::cli {

/// Where packages of a repository come from.
struct RepositoryPlace {
    /// Without secrets; empty if it is not known.
    std::string url;
    /// Who said so.
    std::string origin;
    /// Why the URL is not known.
    std::string problem;
};

/// What `imgbuild info` shows.
struct Info {
    description::Overview overview;
    /// Of each repository of the request, in its order.
    std::vector<RepositoryPlace> places;
    std::optional<package::Resolution> resolution;
    /// Aliases of the resolution's sources.
    std::vector<std::string> sources;
};

std::string info_as_text(const Info& info);
std::string info_as_json(const Info& info);

} // namespace imgbuild::cli
