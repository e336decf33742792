// SPDX-License-Identifier: Apache-2.0
#include "config/storage_conf.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace imgbuild::config {

namespace {

toml::table parse(std::string_view text, const std::string& name) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        throw base::UsageError(fmt::format(
            "{}:{}:{}: {}",
            name,
            error.source().begin.line,
            error.source().begin.column,
            error.description()));
    }
}

/// What a table has to say with the additional store; nothing if it has no room for one.
std::optional<toml::table> with_store(toml::table table, const std::string& place) {
    toml::table* const storage = table.insert("storage", toml::table()).first->second.as_table();
    toml::table* const options =
        storage == nullptr ? nullptr
                           : storage->insert("options", toml::table()).first->second.as_table();
    if (options == nullptr) {
        return std::nullopt;
    }
    options->insert_or_assign("additionalimagestores", toml::array{place});
    return table;
}

bool says(const std::string& text, const toml::table& wanted) {
    try {
        return toml::parse(text) == wanted;
    } catch (const toml::parse_error&) {
        return false;
    }
}

/// The text with another list in place of the one that stands there.
std::string
with_list(const std::string& text, const toml::source_region& old, const std::string& list) {
    const auto offset = [&](const toml::source_position& position) {
        std::size_t start = 0;
        for (toml::source_index line = 1; line < position.line; ++line) {
            start = text.find('\n', start) + 1;
        }
        return start + position.column - 1;
    };
    return text.substr(0, offset(old.begin)) + list + text.substr(offset(old.end));
}

/// A line without blanks, to compare: "[ storage ] # all" begins with "[storage]".
bool is_header(std::string_view line, std::string_view header) {
    std::string packed;
    for (const char c : line) {
        if (c != ' ' && c != '\t') {
            packed += c;
        }
    }
    return packed.starts_with(header);
}

/// Places where the list may be added. Not all of them suit every text: a table is written only once, and
/// what looks like a header may be part of something else.
std::vector<std::string> with_new_list(const std::string& text, const std::string& list) {
    const std::string line = "additionalimagestores = " + list + "\n";
    std::vector<std::string> candidates;
    const auto add_below = [&](std::string_view header, const std::string& added) {
        std::string above;
        for (const std::string_view old : base::split_lines(text)) {
            above += std::string(old) + "\n";
            if (is_header(old, header)) {
                candidates.push_back(
                    above + added + text.substr(std::min(above.size(), text.size())));
            }
        }
    };
    add_below("[storage.options]", line);
    const std::string end = text.empty() || text.ends_with('\n') ? "" : "\n";
    candidates.push_back(text + end + "\n[storage.options]\n" + line);
    add_below("[storage]", "options." + line);
    candidates.push_back("storage.options." + line + text);
    return candidates;
}

} // namespace

StorageConf parse_storage_conf(std::string_view text, const std::string& name) {
    const toml::table table = parse(text, name);
    StorageConf conf;
    conf.driver = table["storage"]["driver"].value_or(std::string());
    conf.graph_root = table["storage"]["graphroot"].value_or(conf.graph_root);
    if (!conf.graph_root.starts_with('/')) {
        throw base::UsageError(fmt::format("{}: graphroot is no absolute path", name));
    }
    return conf;
}

std::string
with_image_store(const std::string& text, const std::string& place, const std::string& name) {
    const toml::table before = parse(text, name);
    const auto stores = before["storage"]["options"]["additionalimagestores"];
    if (stores && !stores.is_array()) {
        throw base::UsageError(fmt::format("{}: additionalimagestores is no list", name));
    }
    if (const toml::array* const list = stores.as_array(); list != nullptr && !list->empty()) {
        for (const toml::node& store : *list) {
            if (store.value_or(std::string()) == place) {
                return text;
            }
        }
        base::UsageError error(fmt::format("{} names additional image stores already", name));
        error.set_hint(fmt::format("add \"{}\" to them", place));
        throw error;
    }
    // Without these podman 4.3 refuses the file, whatever it takes where there is none.
    const std::string whole = before.empty()
                                  ? text + "[storage]\n"
                                           "driver = \"overlay\"\n"
                                           "runroot = \"/run/containers/storage\"\n"
                                           "graphroot = \"/var/lib/containers/storage\"\n"
                                  : text;
    const std::string list = fmt::format("[ \"{}\" ]", place);
    const std::vector<std::string> candidates =
        stores ? std::vector{with_list(whole, stores.node()->source(), list)}
               : with_new_list(whole, list);
    const std::optional<toml::table> wanted = with_store(parse(whole, name), place);
    for (const std::string& candidate : candidates) {
        if (wanted && says(candidate, *wanted)) {
            return candidate;
        }
    }
    base::UsageError error(fmt::format("{}: there is no place for another line in it", name));
    error.set_hint(fmt::format("write additionalimagestores = {} into [storage.options]", list));
    throw error;
}

} // namespace imgbuild::config
