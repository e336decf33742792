// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "description/beside.hpp"
#include "description/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace imgbuild::description {

namespace {

/// Names in the directory where `path` should be.
std::vector<std::string> neighbours(const std::string& path) {
    std::vector<std::string> names;
    std::error_code failure;
    const std::filesystem::path directory = std::filesystem::path(path).parent_path();
    auto entry = std::filesystem::directory_iterator(directory, failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        names.push_back(entry->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string near_names(const std::string& path) {
    const std::vector<std::string> names = neighbours(path);
    const std::string wanted = std::filesystem::path(path).filename().string();
    return base::printable(
        base::did_you_mean(wanted, std::vector<std::string_view>(names.begin(), names.end())));
}

void check_source(
    const Request& request,
    std::string_view kind,
    const std::string& code_if_missing,
    const NamedItem& word,
    Findings& findings) {
    const Source source = find_source(request.directory, word.name);
    const std::string shown = base::printable(word.name);
    switch (source.state) {
    case SourceState::there:
        return;
    case SourceState::missing: {
        base::Diagnostic& finding = findings.error(
            code_if_missing,
            fmt::format("there is no {} \"{}\" beside the description", kind, shown),
            word);
        finding.hint = near_names(source.path);
        if (finding.hint.empty()) {
            finding.hint = fmt::format("it is looked for as {}", base::printable(source.path));
        }
        return;
    }
    case SourceState::outside:
        findings
            .error(
                "E242",
                fmt::format("{} \"{}\" is outside the description's directory", kind, shown),
                word)
            .hint = "put it beside the description; links must not lead out either";
        return;
    case SourceState::not_a_file:
        findings.error("E245", fmt::format("{} \"{}\" is not a file", kind, shown), word);
        return;
    }
}

} // namespace

void check_sources(const Request& request, Findings& findings) {
    for (const auto* const archives : {&request.bootstrap_archives, &request.image_archives}) {
        for (const Archive& archive : *archives) {
            check_source(request, "archive", "E240", {archive.name, archive.position}, findings);
        }
    }
    for (const auto* const files : {&request.bootstrap_files, &request.image_files}) {
        for (const FileItem& file : *files) {
            check_source(request, "file", "E241", {file.name, file.position}, findings);
        }
    }
    for (const Repository& repository : request.repositories) {
        if (!repository.customize.name.empty()) {
            check_source(request, "script", "E244", repository.customize, findings);
        }
    }
}

} // namespace imgbuild::description
