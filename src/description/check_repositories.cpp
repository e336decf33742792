// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "config/repository_path.hpp"
#include "description/beside.hpp"
#include "description/checks.hpp"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <utility>

namespace imgbuild::description {

namespace {

void check_path(const Repository& repository, Findings& findings) {
    if (is_farm_path(repository.path)) {
        return;
    }
    // An option without source is reported where it is read.
    if (repository.path.empty() && repository.path_position.line == 0) {
        return;
    }
    try {
        config::parse_repository_path(repository.path);
    } catch (const base::UsageError& error) {
        findings
            .error(
                "E251",
                fmt::format("repository \"{}\": {}", repository.alias, error.message()),
                {repository.path, repository.path_position})
            .hint = error.hint();
    }
}

/// An index that nobody vouches for is used only where the description says so.
void check_trust(const Request& request, const Repository& repository, Findings& findings) {
    // How other package managers get their trust is not judged yet.
    if (request.package_manager != "apt") {
        return;
    }
    const bool is_unchecked = repository.repository_gpgcheck == false;
    if (repository.image_only || is_unchecked || !repository.signing_keys.empty()) {
        return;
    }
    const bool is_from_command_line = repository.position.line == 0;
    findings
        .error(
            "E252",
            fmt::format(
                "repository \"{}\" has no key to check its signature with", repository.alias),
            {"", repository.position})
        .hint =
        is_from_command_line
            ? "name one in field 7, or to use it unchecked write false in field 10"
            : "add <signing key=\"file:NAME.asc\"/> to its <source>, or to use it unchecked "
              "repository_gpgcheck=\"false\" to the <repository>";
}

/// A key beside the description must not lead elsewhere. One with an absolute path is a file of this
/// machine, and so may be one that the command line names.
void check_keys(const Request& request, const Repository& repository, Findings& findings) {
    const std::string inside = base::join_path(request.directory, "");
    for (const NamedItem& key : repository.signing_keys) {
        const auto path = local_key_path(request.directory, key.name);
        if (!path) {
            continue;
        }
        const bool is_beside =
            key.position.line != 0 && path->compare(0, inside.size(), inside) == 0;
        const std::string shown = base::printable(*path);
        if (is_beside && find_source(request.directory, path->substr(inside.size())).state ==
                             SourceState::outside) {
            findings
                .error(
                    "E242",
                    fmt::format(
                        "repository \"{}\": the key file {} is outside the description's directory",
                        repository.alias,
                        shown),
                    key)
                .hint = "put it beside the description, or name it by its absolute path: "
                        "key=\"file:///…\"";
        } else if (!base::exists(*path) || base::is_directory(*path)) {
            findings.error(
                "E243",
                fmt::format("repository \"{}\": there is no key file {}", repository.alias, shown),
                key);
        }
    }
}

void note_ineffective(const Repository& repository, Findings& findings) {
    const std::pair<const char*, bool> attributes[] = {
        {"customize", !repository.customize.name.empty()},
        {"sourcetype", !repository.source_type.empty() && repository.source_type != "baseurl"}};
    for (const auto& [name, is_given] : attributes) {
        if (is_given) {
            findings.note(
                "N205",
                fmt::format("repository \"{}\": {} has no effect yet", repository.alias, name),
                {"", repository.position});
        }
    }
}

} // namespace

bool is_farm_path(std::string_view path) {
    const std::string scheme = base::to_lower(path.substr(0, path.find(':')));
    return path.size() > scheme.size() &&
           (scheme == "obs" || scheme == "obsrepositories" || scheme == "iso");
}

void check_repositories(const Request& request, Findings& findings) {
    std::map<std::string_view, const Repository*> aliases;
    for (const Repository& repository : request.repositories) {
        check_path(repository, findings);
        check_trust(request, repository, findings);
        check_keys(request, repository, findings);
        note_ineffective(repository, findings);
        const auto [known, is_new] = aliases.emplace(repository.alias, &repository);
        if (!is_new) {
            base::Diagnostic& finding = findings.error(
                "E250",
                fmt::format("two repositories have the alias \"{}\"", repository.alias),
                {"", repository.position});
            finding.related = known->second->position;
            finding.related_message = "first defined here";
            finding.hint = "give one of them another alias";
        }
    }
}

} // namespace imgbuild::description
