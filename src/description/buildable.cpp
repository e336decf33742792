// SPDX-License-Identifier: Apache-2.0
#include "description/buildable.hpp"

#include "base/diagnostic.hpp"
#include "description/checks.hpp"
#include "description/findings.hpp"
#include "description/type_choice.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgbuild::description {

void check_buildable(const Request& request) {
    Findings findings;
    if (request.type != buildable_type) {
        findings
            .error(
                "E276",
                fmt::format("images of type \"{}\" are not built", request.type),
                {"", request.type_position})
            .hint = fmt::format(
            "imgbuild builds type \"{0}\"; --type {0} builds these packages as a node",
            buildable_type);
    }
    if (request.package_manager != "apt") {
        findings
            .error(
                "E270",
                fmt::format(
                    "images with package manager \"{}\" are not built yet",
                    request.package_manager),
                {"", request.package_manager_position})
            .hint = "this version of imgbuild builds with \"apt\"";
    }
    for (const Repository& repository : request.repositories) {
        if (is_farm_path(repository.path)) {
            findings
                .error(
                    "E277",
                    fmt::format(
                        "repository \"{}\": \"{}\" has a meaning only inside a build farm",
                        repository.alias,
                        repository.path),
                    {repository.path, repository.path_position})
                .hint = "name the repository's URL, or replace it with --set-repo";
        }
        const bool is_for_apt =
            repository.type.empty() || repository.type == "apt-deb" || repository.type == "deb-dir";
        if (request.package_manager == "apt" && !is_for_apt) {
            findings
                .error(
                    "E274",
                    fmt::format(
                        "repository \"{}\" of type \"{}\" is nothing that apt can use",
                        repository.alias,
                        repository.type),
                    {"", repository.position})
                .hint = "write type=\"apt-deb\"";
        }
    }
    const bool has_packages =
        !request.bootstrap_packages.empty() || !request.image_packages.empty();
    if (request.repositories.empty() && (request.derived_from.empty() || has_packages)) {
        findings
            .error("E275", "there is no repository to take packages from", {"", request.position})
            .hint = "add a <repository>, or one for this selection";
    }
    auto diagnostics = findings.take_sorted();
    if (!diagnostics.empty()) {
        throw base::DescriptionError(std::move(diagnostics));
    }
}

} // namespace imgbuild::description
