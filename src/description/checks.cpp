// SPDX-License-Identifier: Apache-2.0
#include "description/checks.hpp"

#include "base/text.hpp"
#include "description/include.hpp"
#include "description/profiles.hpp"

#include <fmt/format.h>

namespace imgbuild::description {

void check_model(const Model& model, Findings& findings) {
    check_profiles(model, findings);
    check_container_sections(model, findings);
    for (const NamedItem& include : model.includes) {
        findings
            .error(
                "E272",
                fmt::format(
                    "there is no file {} to include",
                    base::printable(included_path(model.directory, include.name))),
                include)
            .hint = "paths are relative to the description's directory";
    }
}

void check_request(const Request& request, Findings& findings) {
    check_users(request, findings);
    check_packages(request, findings);
    check_repositories(request, findings);
    check_values(request, findings);
    check_sources(request, findings);
    check_containers(request, findings);
}

} // namespace imgbuild::description
