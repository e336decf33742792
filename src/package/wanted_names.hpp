// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"
#include "package/package_manager.hpp"
#include "package/packages_index.hpp"
#include "package/release_fetcher.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// A package as the description asks for it: "name[:arch][=version|/suite]".
struct NameParts {
    std::string name;
    std::string architecture;
    std::string version;
    std::string suite;

    static NameParts parse(std::string_view text);
};

/// What a request asks for, checked against the index.
struct WantedNames {
    /// For apt's command line, in the request's order, each once.
    std::vector<std::string> arguments;
    /// The real packages meant: a virtual name with one provider stands for that one.
    std::set<std::string, std::less<>> names;
};

/// Checks the request's bootstrap and image packages before anything is downloaded.
/// @returns those to install: with `bootstrap_only` only the bootstrap's.
/// @param architecture Debian's word.
/// @throws base::DescriptionError (exit code 3) with all names that can't be installed, each at its
///         line with near names: unknown ones, virtual ones of several packages, versions, suites and
///         architectures that are not offered.
WantedNames check_wanted_names(
    const PackageRequest& request,
    const PackagesIndex& index,
    const std::vector<SourceRelease>& releases,
    const std::string& architecture);

} // namespace imgbuild::package
