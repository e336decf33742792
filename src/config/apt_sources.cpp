// SPDX-License-Identifier: Apache-2.0
#include "config/apt_sources.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

namespace imgbuild::config {

namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20U;

bool is_foreign_key(std::string_view signed_by) {
    return !signed_by.empty() && signed_by.find("-archive-keyring") == std::string_view::npos &&
           signed_by.find("-archive-") == std::string_view::npos;
}

/// "deb [arch=amd64 signed-by=/key] http://host/debian bookworm main"
void read_one_line(
    std::string_view line, const std::string& origin, std::vector<AptSource>& sources) {
    line = base::trim(line.substr(0, line.find('#')));
    constexpr std::string_view type = "deb";
    if (line.substr(0, type.size()) != type ||
        line.substr(type.size(), 1).find_first_of(" \t") != 0) {
        return;
    }
    std::string_view rest = base::trim(line.substr(type.size()));
    AptSource source;
    if (!rest.empty() && rest.front() == '[') {
        const std::size_t end = rest.find(']');
        if (end == std::string_view::npos) {
            return;
        }
        constexpr std::string_view key_option = "signed-by=";
        for (const std::string_view option : base::split_words(rest.substr(1, end - 1))) {
            if (option.substr(0, key_option.size()) == key_option) {
                source.is_third_party = is_foreign_key(option.substr(key_option.size()));
            }
        }
        rest = rest.substr(end + 1);
    }
    const auto words = base::split_words(rest);
    if (words.size() < 2) {
        return;
    }
    source.url = words[0];
    source.suite = words[1];
    source.components.assign(words.begin() + 2, words.end());
    source.origin = origin;
    sources.push_back(std::move(source));
}

/// One stanza of a deb822 file: field names in lower case.
struct Stanza {
    std::map<std::string, std::string> fields;
    int line = 0;

    std::vector<std::string_view> words(const std::string& field) const {
        const auto found = fields.find(field);
        return found == fields.end() ? std::vector<std::string_view>()
                                     : base::split_words(found->second);
    }
};

void add_stanza(const Stanza& stanza, const std::string& file, std::vector<AptSource>& sources) {
    const auto enabled = stanza.words("enabled");
    if (!enabled.empty()) {
        const std::string answer = base::to_lower(enabled.front());
        if (answer == "no" || answer == "false" || answer == "0" || answer == "off") {
            return;
        }
    }
    const auto types = stanza.words("types");
    if (std::find(types.begin(), types.end(), "deb") == types.end()) {
        return;
    }
    const auto key = stanza.fields.find("signed-by");
    for (const std::string_view url : stanza.words("uris")) {
        for (const std::string_view suite : stanza.words("suites")) {
            AptSource source;
            source.url = url;
            source.suite = suite;
            for (const std::string_view component : stanza.words("components")) {
                source.components.emplace_back(component);
            }
            source.is_third_party = key != stanza.fields.end() && is_foreign_key(key->second);
            source.origin = fmt::format("{}:{}", file, stanza.line);
            sources.push_back(std::move(source));
        }
    }
}

void read_deb822(std::string_view text, const std::string& file, std::vector<AptSource>& sources) {
    Stanza stanza;
    std::string last_field;
    int number = 0;
    for (const std::string_view line : base::split_lines(text)) {
        ++number;
        if (base::trim(line).empty()) {
            add_stanza(stanza, file, sources);
            stanza = {};
            last_field.clear();
        } else if (line.front() == '#') {
            continue;
        } else if (line.front() == ' ' || line.front() == '\t') {
            stanza.fields[last_field] += " " + std::string(line);
        } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
            last_field = base::to_lower(line.substr(0, colon));
            stanza.fields[last_field] = std::string(line.substr(colon + 1));
            stanza.line = stanza.line == 0 ? number : stanza.line;
        }
    }
    add_stanza(stanza, file, sources);
}

void read_list(std::string_view text, const std::string& file, std::vector<AptSource>& sources) {
    int number = 0;
    for (const std::string_view line : base::split_lines(text)) {
        read_one_line(line, fmt::format("{}:{}", file, ++number), sources);
    }
}

} // namespace

std::vector<AptSource> read_apt_sources(const Host& host) {
    std::vector<AptSource> sources;
    const std::string directory = host.path("/etc/apt/sources.list.d");
    std::vector<std::string> files = files_with_suffix(directory, ".list");
    const std::vector<std::string> stanza_files = files_with_suffix(directory, ".sources");
    files.insert(files.end(), stanza_files.begin(), stanza_files.end());
    std::sort(files.begin(), files.end());
    files.insert(files.begin(), host.path("/etc/apt/sources.list"));
    for (const std::string& file : files) {
        if (!is_readable_file(file)) {
            continue;
        }
        const std::string text = base::read_file(file, largest_file);
        if (file.ends_with(".sources")) {
            read_deb822(text, file, sources);
        } else {
            read_list(text, file, sources);
        }
    }
    return sources;
}

} // namespace imgbuild::config
