// SPDX-License-Identifier: Apache-2.0
#include "config/lookaside.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <vector>

namespace imgbuild::config {

namespace {

constexpr std::size_t size_limit = std::size_t{1} << 20U;

std::string unquoted(std::string_view text) {
    text = base::trim(text);
    const bool is_quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                           text.back() == text.front();
    return std::string(is_quoted ? text.substr(1, text.size() - 2) : text);
}

/// Up to a '#' that begins a comment.
std::string_view without_comment(std::string_view line) {
    for (std::size_t at = line.find('#'); at != std::string_view::npos;
         at = line.find('#', at + 1)) {
        if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') {
            return line.substr(0, at);
        }
    }
    return line;
}

/// The colon between a key and its value: one that a blank or the end follows, since keys may be
/// "registry.example:5000".
std::size_t find_separator(std::string_view line) {
    for (std::size_t at = line.find(':'); at != std::string_view::npos;
         at = line.find(':', at + 1)) {
        if (at + 1 == line.size() || line[at + 1] == ' ') {
            return at;
        }
    }
    return std::string_view::npos;
}

struct Level {
    std::size_t indent = 0;
    std::string key;
};

} // namespace

Lookaside Lookaside::load(const Host& host) {
    std::vector<std::string> places;
    if (const auto home = host.home()) {
        places.push_back(base::join_path(*home, ".config/containers/registries.d"));
    }
    places.push_back(host.path("/etc/containers/registries.d"));
    Lookaside lookaside;
    lookaside.fallback_ =
        "file://" + (host.is_superuser() || !host.home()
                         ? host.path("/var/lib/containers/sigstore")
                         : base::join_path(*host.home(), ".local/share/containers/sigstore"));
    for (const std::string& place : places) {
        if (base::is_directory(place)) {
            for (const std::string& file : files_with_suffix(place, ".yaml")) {
                lookaside.add(base::read_file(file, size_limit), file);
            }
            break;
        }
    }
    return lookaside;
}

void Lookaside::add(std::string_view text, const std::string& file) {
    std::vector<Level> levels;
    int number = 0;
    for (const std::string_view whole : base::split_lines(text)) {
        ++number;
        const std::string_view line = without_comment(whole);
        const std::size_t indent = line.find_first_not_of(' ');
        if (base::trim(line).empty() || base::trim(line) == "---") {
            continue;
        }
        const std::string_view rest = base::trim(line.substr(indent));
        const std::size_t separator = find_separator(rest);
        if (separator == std::string_view::npos || line.find('\t') < indent) {
            const base::Position position{file, number, static_cast<int>(indent) + 1};
            base::UsageError error("expected \"key: value\" or \"key:\"");
            error.at(position);
            throw error;
        }
        while (!levels.empty() && levels.back().indent >= indent) {
            levels.pop_back();
        }
        const std::string key = unquoted(rest.substr(0, separator));
        const std::string value = unquoted(rest.substr(separator + 1));
        // "sigstore" is what it was called first.
        const std::string meaning = key == "sigstore" ? "lookaside" : key;
        if (levels.size() == 1 && levels[0].key == "default-docker") {
            values_[meaning][""] = value;
        } else if (levels.size() == 2 && levels[0].key == "docker") {
            values_[meaning][levels[1].key] = value;
        }
        levels.push_back({indent, key});
    }
}

const std::string* Lookaside::look_up(
    const std::string& key, const std::string& repository, const std::string& tag) const {
    const auto values = values_.find(key);
    if (values == values_.end()) {
        return nullptr;
    }
    std::vector<std::string> scopes;
    if (!tag.empty()) {
        scopes.push_back(repository + ":" + tag);
    }
    std::string scope = repository;
    scopes.push_back(scope);
    for (std::size_t slash; (slash = scope.rfind('/')) != std::string::npos;) {
        scope.erase(slash);
        scopes.push_back(scope);
    }
    scopes.emplace_back();
    for (const std::string& one : scopes) {
        const auto found = values->second.find(one);
        if (found != values->second.end()) {
            return &found->second;
        }
    }
    return nullptr;
}

std::string Lookaside::find(const std::string& repository, const std::string& tag) const {
    const std::string* const known = look_up("lookaside", repository, tag);
    std::string found = known == nullptr || known->empty() ? fallback_ : *known;
    while (found.ends_with('/')) {
        found.pop_back();
    }
    return found;
}

bool Lookaside::uses_attachments(const std::string& repository, const std::string& tag) const {
    const std::string* const known = look_up("use-sigstore-attachments", repository, tag);
    return known == nullptr || *known != "false";
}

} // namespace imgbuild::config
