// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "description/checks.hpp"

#include <fmt/format.h>

#include <map>
#include <string>

namespace imgbuild::description {

namespace {

/// "/a//b/." → "/a/b"; empty if the path is not absolute or holds "..".
std::string normal_path(std::string_view path) {
    if (path.empty() || path.front() != '/') {
        return "";
    }
    std::string normal;
    for (const std::string_view part : base::split(path, '/')) {
        if (part == "..") {
            return "";
        }
        if (!part.empty() && part != ".") {
            normal += "/" + std::string(part);
        }
    }
    return normal;
}

} // namespace

void check_containers(const Request& request, Findings& findings) {
    std::map<std::string, const Container*> targets;
    for (const Container& container : request.containers) {
        const NamedItem word{container.name, container.position};
        if (container.save_as.empty()) {
            if (!container.preload) {
                findings
                    .error(
                        "E260",
                        fmt::format("nothing is to be done with container \"{}\"", container.name),
                        word)
                    .hint = "add save_as=\"/path/in/the/image\" or preload=\"true\"";
            }
            continue;
        }
        std::string target = normal_path(container.save_as);
        if (target.empty()) {
            findings
                .error(
                    "E262",
                    fmt::format(
                        "container \"{}\" can't be saved as \"{}\"",
                        container.name,
                        container.save_as),
                    word)
                .hint = "write an absolute path in the image without \"..\"";
            continue;
        }
        if (container.save_as.back() == '/') {
            target += "/" + container.name;
        }
        const auto [known, is_new] = targets.emplace(target, &container);
        if (!is_new) {
            base::Diagnostic& finding = findings.error(
                "E261", fmt::format("two containers are saved as \"{}\"", target), word);
            finding.related = known->second->position;
            finding.related_message = "the first one";
        }
    }
}

} // namespace imgbuild::description
