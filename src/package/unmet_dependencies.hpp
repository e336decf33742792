// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "package/package_manager.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// A package that apt can't install, with its own words about why.
struct UnmetPackage {
    std::string name;
    /// "Depends: libfoo (>= 2) but 1.9 is to be installed", one for each dependency.
    std::vector<std::string> reasons;
};

/// Reads apt-get's "The following packages have unmet dependencies" block.
std::vector<UnmetPackage> parse_unmet_dependencies(std::string_view output);

/// Turns a failed `apt-get install` into an error.
/// @param output, messages what it wrote to standard output and standard error.
/// @throws base::DescriptionError (exit code 3) with a finding for each package, at the line of the
///         description that names it; base::Error with apt's output if that says something else.
[[noreturn]] void throw_unmet_dependencies(
    const PackageRequest& request, std::string_view output, std::string_view messages);

} // namespace imgbuild::package
