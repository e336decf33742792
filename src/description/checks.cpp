// SPDX-License-Identifier: Apache-2.0
#include "description/checks.hpp"

#include "description/profiles.hpp"

#include <fmt/format.h>

namespace imgbuild::description {

void check_model(const Model& model, Findings& findings) {
    check_profiles(model, findings);
    for (const NamedItem& include : model.includes) {
        findings
            .error(
                "E272",
                fmt::format("<include> of \"{}\" is not supported yet", include.name),
                include)
            .hint = "copy what it holds into this file";
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
