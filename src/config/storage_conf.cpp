// SPDX-License-Identifier: Apache-2.0
#include "config/storage_conf.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

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
    const toml::table table = parse(text, name);
    if (const toml::array* const stores =
            table["storage"]["options"]["additionalimagestores"].as_array()) {
        for (const toml::node& store : *stores) {
            if (store.value_or(std::string()) == place) {
                return text;
            }
        }
        base::UsageError error(fmt::format("{} names additional image stores already", name));
        error.set_hint(fmt::format("add \"{}\" to them", place));
        throw error;
    }
    const std::string line = fmt::format("additionalimagestores = [ \"{}\" ]\n", place);
    std::string result;
    bool is_added = false;
    for (const std::string_view old : base::split_lines(text)) {
        result += std::string(old) + "\n";
        if (!is_added && base::trim(old) == "[storage.options]") {
            result += line;
            is_added = true;
        }
    }
    if (!is_added) {
        // Without these podman 4.3 refuses the file, whatever it takes where there is none.
        result += text.empty() ? "[storage]\n"
                                 "driver = \"overlay\"\n"
                                 "runroot = \"/run/containers/storage\"\n"
                                 "graphroot = \"/var/lib/containers/storage\"\n"
                               : "";
        result += "\n[storage.options]\n" + line;
    }
    return result;
}

} // namespace imgbuild::config
