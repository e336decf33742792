// SPDX-License-Identifier: Apache-2.0
#include "description/checks.hpp"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <vector>

namespace imgbuild::description {

/// Installed only for the time of the build: often meant, sometimes forgotten.
void check_packages(const Request& request, Findings& findings) {
    std::map<std::string_view, const NamedItem*> installed;
    for (const auto* const items : {&request.bootstrap_packages, &request.image_packages}) {
        for (const NamedItem& item : *items) {
            installed.emplace(item.name, &item);
        }
    }
    for (const auto* const items : {&request.uninstall_packages, &request.delete_packages}) {
        for (const NamedItem& item : *items) {
            const auto found = installed.find(item.name);
            if (found == installed.end() || item.position.line == 0) {
                continue;
            }
            base::Diagnostic& finding = findings.note(
                "N206",
                fmt::format("package \"{}\" is installed and removed again", item.name),
                item);
            finding.related = found->second->position;
            finding.related_message = "it is installed here";
        }
    }
}

} // namespace imgbuild::description
