// SPDX-License-Identifier: Apache-2.0
#include "package/unmet_dependencies.hpp"

#include "base/diagnostic.hpp"
#include "base/text.hpp"
#include "package/wanted_names.hpp"

#include <fmt/format.h>

namespace imgbuild::package {
namespace {

constexpr std::string_view unmet_dependency = "E304";

std::optional<base::Position> position_of(const PackageRequest& request, std::string_view name) {
    for (const std::vector<WantedPackage>* list : {&request.bootstrap, &request.packages}) {
        for (const WantedPackage& wanted : *list) {
            if (NameParts::parse(wanted.name).name == name) {
                return wanted.position;
            }
        }
    }
    return std::nullopt;
}

/// "foo : Depends: …"; further reasons of the same package stand below it, indented to the colon.
void read_line(std::string_view line, std::vector<UnmetPackage>& packages) {
    const std::size_t colon = line.find(" : ");
    const std::string_view name =
        colon == std::string_view::npos ? std::string_view() : base::trim(line.substr(0, colon));
    if (!name.empty() && name.find(' ') == std::string_view::npos) {
        packages.push_back(UnmetPackage{
            std::string(name.substr(0, name.find(':'))),
            {std::string(base::trim(line.substr(colon + 3)))}});
    } else if (!packages.empty()) {
        packages.back().reasons.emplace_back(base::trim(line));
    }
}

} // namespace

std::vector<UnmetPackage> parse_unmet_dependencies(std::string_view output) {
    std::vector<UnmetPackage> packages;
    bool inside = false;
    for (const std::string_view line : base::split_lines(output)) {
        if (line == "The following packages have unmet dependencies:") {
            inside = true;
        } else if (inside && line.starts_with(' ')) {
            read_line(line, packages);
        } else {
            inside = false;
        }
    }
    return packages;
}

void throw_unmet_dependencies(
    const PackageRequest& request, std::string_view output, std::string_view messages) {
    std::vector<base::Diagnostic> findings;
    for (const UnmetPackage& package : parse_unmet_dependencies(output)) {
        base::Diagnostic finding;
        finding.code = unmet_dependency;
        finding.message = fmt::format(
            "package '{}' can't be installed: {}",
            package.name,
            base::printable(base::join(package.reasons, "; ")));
        if (const auto position = position_of(request, package.name)) {
            finding.position = *position;
        } else {
            finding.position.file =
                request.sources.empty() ? std::string() : request.sources.front().position.file;
        }
        findings.push_back(std::move(finding));
    }
    if (findings.empty()) {
        base::Error error("apt-get can't resolve the packages", base::ExitCode::fetch);
        std::vector<std::string> lines;
        for (const std::string_view line : base::split_lines(messages)) {
            lines.push_back(base::printable(line));
        }
        error.set_details(std::move(lines));
        throw error;
    }
    base::DescriptionError error(std::move(findings));
    error.set_exit_code(base::ExitCode::fetch);
    throw error;
}

} // namespace imgbuild::package
