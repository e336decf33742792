// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "description/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace imgbuild::description {

namespace {

/// Blanks and control characters: these values are written into lists and lines of their own.
bool has_blank(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        constexpr unsigned char blank = 0x20;
        constexpr unsigned char delete_character = 0x7F;
        const auto byte = static_cast<unsigned char>(c);
        return byte <= blank || byte == delete_character;
    });
}

void check_package_names(const std::vector<NamedItem>& items, Findings& findings) {
    for (const NamedItem& item : items) {
        // A name that begins with "-" would be an option of the package manager.
        const bool is_list = has_blank(item.name) || item.name.find(',') != std::string::npos;
        if (item.name.empty() || item.name.front() == '-' || is_list) {
            base::Diagnostic& finding = findings.error(
                "E246",
                fmt::format("\"{}\" can't be the name of a package", base::printable(item.name)),
                item);
            if (is_list) {
                finding.hint = "write one element for each package";
            }
        }
    }
}

void check_repository_words(const Repository& repository, Findings& findings) {
    std::vector<std::string_view> words(repository.components.begin(), repository.components.end());
    words.emplace_back(repository.distribution);
    for (const std::string_view word : words) {
        if (has_blank(word)) {
            findings.error(
                "E254",
                fmt::format(
                    "repository \"{}\": \"{}\" holds a blank",
                    repository.alias,
                    base::printable(word)),
                {"", repository.position});
        }
    }
}

} // namespace

void check_values(const Request& request, Findings& findings) {
    for (const auto* const items :
         {&request.bootstrap_packages,
          &request.image_packages,
          &request.ignored_packages,
          &request.uninstall_packages,
          &request.delete_packages}) {
        check_package_names(*items, findings);
    }
    for (const Repository& repository : request.repositories) {
        check_repository_words(repository, findings);
    }
}

void check_version(const NamedItem& version, Findings& findings) {
    if (has_blank(version.name) || version.name.find('/') != std::string::npos) {
        findings
            .error(
                "E215",
                fmt::format("\"{}\" can't be a version", base::printable(version.name)),
                {"", version.position})
            .hint = "it becomes part of file names: no blank and no \"/\" in it";
    }
}

void check_timezone(const NamedItem& timezone, Findings& findings) {
    const auto parts = base::split(timezone.name, '/');
    const bool leaves = timezone.name.substr(0, 1) == "/" ||
                        std::find(parts.begin(), parts.end(), "..") != parts.end();
    if (leaves || has_blank(timezone.name)) {
        findings
            .error(
                "E216",
                fmt::format("\"{}\" can't be a timezone", base::printable(timezone.name)),
                {"", timezone.position})
            .hint = "write a name such as UTC or Europe/Berlin";
    }
}

void check_keytable(const NamedItem& keytable, Findings& findings) {
    if (has_blank(keytable.name) || keytable.name.find('/') != std::string::npos) {
        findings
            .error(
                "E217",
                fmt::format("\"{}\" can't be a keytable", base::printable(keytable.name)),
                {"", keytable.position})
            .hint = "write a name such as us or de-latin1";
    }
}

} // namespace imgbuild::description
