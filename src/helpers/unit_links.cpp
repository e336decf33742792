// SPDX-License-Identifier: Apache-2.0
#include "helpers/unit_links.hpp"

#include "helpers/files.hpp"
#include "helpers/leave_to_original.hpp"
#include "helpers/text.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace imgbuild::helpers {

namespace {

struct Setting {
    std::string_view name;
    std::string_view value;
};

/// A line with one of the names that matter. The original knows them in any case, but treats other
/// spellings, quotes and continued lines in ways of its own.
std::optional<Setting> read_setting(std::string_view line) {
    constexpr std::array<std::string_view, 5> names = {
        "WantedBy", "RequiredBy", "Also", "Alias", "DefaultInstance"};
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const std::size_t sign = line.find('=');
    if (sign == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string name(line.substr(0, sign));
    for (const std::string_view known : names) {
        if (::strcasecmp(name.c_str(), std::string(known).c_str()) == 0) {
            const std::string_view value = line.substr(sign + 1);
            require(name == known && value.find_first_of("\"'\\/\r\f\v") == std::string_view::npos);
            return value.empty() ? std::nullopt : std::optional(Setting{known, value});
        }
    }
    return std::nullopt;
}

/// Blanks before the first word would be a word of their own for the original.
std::vector<std::string> words(std::string_view value) {
    require(blanks.find(value.front()) == std::string_view::npos);
    const std::vector<std::string_view> found = split_words(value);
    return {found.begin(), found.end()};
}

/// The only word of a value; the original takes blanks behind it for a part of it.
std::string single_word(std::string_view value) {
    require(value.find_first_of(blanks) == std::string_view::npos);
    return std::string(value);
}

/// "getty@.service" with instance "tty1": "getty@tty1.service".
std::string with_instance(const std::string& unit, const std::string& instance) {
    const std::size_t at = unit.rfind("@.");
    const bool is_template = at != std::string::npos && unit.size() > at + 2 &&
                             unit.find_first_of(".-:@", at + 2) == std::string::npos;
    return is_template ? unit.substr(0, at + 1) + instance + unit.substr(at + 1) : unit;
}

/// @param visited a copy for each unit, as the original has it: units that name each other are
///        looked at more than once.
void add_links(
    const std::string& instance,
    const std::string& unit,
    std::vector<std::string> visited,
    std::vector<UnitLink>& links) {
    require(is_unit_name(unit));
    const std::string file = find_unit(instance, unit);
    const std::string directory = "/etc/systemd/" + instance + "/";
    const auto text = file.empty() ? std::nullopt : read_text(file);
    require(text.has_value());
    std::vector<std::string> wanting;
    std::string wanted = unit;
    for (const std::string_view line : split_lines(*text)) {
        const auto setting = read_setting(line);
        if (!setting) {
            continue;
        }
        if (setting->name == "WantedBy" || setting->name == "RequiredBy") {
            for (const std::string& value : words(setting->value)) {
                wanting.push_back(
                    directory + value + (setting->name == "WantedBy" ? ".wants/" : ".requires/"));
            }
        } else if (setting->name == "Also") {
            for (const std::string& value : words(setting->value)) {
                if (value != unit &&
                    std::find(visited.begin(), visited.end(), value) == visited.end()) {
                    visited.push_back(value);
                    add_links(instance, value, visited, links);
                }
            }
        } else if (setting->name == "Alias") {
            const std::string alias = single_word(setting->value);
            if (alias != unit) {
                links.push_back({directory + alias, file});
            }
        } else {
            wanted = with_instance(unit, single_word(setting->value));
        }
    }
    for (const std::string& path : wanting) {
        links.push_back({path + wanted, file});
    }
}

} // namespace

bool is_unit_name(std::string_view text) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.@-";
    return !text.empty() && text.front() != '.' && text.front() != '-' &&
           text.find_first_not_of(allowed) == std::string_view::npos;
}

std::string find_unit(const std::string& instance, const std::string& unit) {
    for (const char* const directory : {"/etc/systemd/", "/lib/systemd/", "/usr/lib/systemd/"}) {
        const std::string path = directory + instance + "/" + unit;
        if (is_file(path)) {
            return path;
        }
    }
    return {};
}

std::vector<UnitLink> unit_links(const std::string& instance, const std::string& unit) {
    std::vector<UnitLink> links;
    add_links(instance, unit, {}, links);
    return links;
}

} // namespace imgbuild::helpers
