// SPDX-License-Identifier: Apache-2.0
#include "config/registries_file.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <utility>

namespace imgbuild::config {

namespace {

/// Reads the members of a file's tables; complains with the place.
class Reader {
public:
    explicit Reader(std::string file)
        : file_(std::move(file)) {}

    [[noreturn]] void refuse(const toml::source_region& source, const std::string& cause) const {
        const base::Position position{
            file_, static_cast<int>(source.begin.line), static_cast<int>(source.begin.column)};
        base::UsageError error(cause);
        error.at(position);
        throw error;
    }

    std::string text(const toml::table& table, std::string_view key) const {
        const toml::node* const node = table.get(key);
        if (node == nullptr) {
            return "";
        }
        const auto* const value = node->as_string();
        if (value == nullptr) {
            refuse(node->source(), fmt::format("\"{}\" is no text", key));
        }
        return value->get();
    }

    bool flag(const toml::table& table, std::string_view key) const {
        const toml::node* const node = table.get(key);
        if (node == nullptr) {
            return false;
        }
        const auto* const value = node->as_boolean();
        if (value == nullptr) {
            refuse(node->source(), fmt::format("\"{}\" is neither true nor false", key));
        }
        return value->get();
    }

    /// nullptr if it is missing.
    const toml::array* list(const toml::table& table, std::string_view key) const {
        const toml::node* const node = table.get(key);
        if (node != nullptr && node->as_array() == nullptr) {
            refuse(node->source(), fmt::format("\"{}\" is no list", key));
        }
        return node == nullptr ? nullptr : node->as_array();
    }

    const toml::table& table_of(const toml::node& node, std::string_view key) const {
        if (node.as_table() == nullptr) {
            refuse(node.source(), fmt::format("\"{}\" is no table", key));
        }
        return *node.as_table();
    }

    RegistryPlace place(const toml::table& table) const {
        RegistryPlace place;
        place.location = text(table, "location");
        while (place.location.ends_with('/')) {
            place.location.pop_back();
        }
        if (place.location.find("://") != std::string::npos) {
            refuse(
                table.get("location")->source(),
                "a registry's location is written without a scheme such as https://");
        }
        place.is_insecure = flag(table, "insecure");
        const std::string use = text(table, "pull-from-mirror");
        if (use == "digest-only") {
            place.use = MirrorUse::digests;
        } else if (use == "tag-only") {
            place.use = MirrorUse::tags;
        } else if (!use.empty() && use != "all") {
            refuse(
                table.get("pull-from-mirror")->source(),
                fmt::format("\"{}\" is none of all, digest-only, tag-only", base::printable(use)));
        }
        return place;
    }

    RegistryRule rule(const toml::table& table) const {
        RegistryRule rule;
        rule.file = file_;
        rule.place = place(table);
        rule.prefix = text(table, "prefix");
        if (rule.prefix.empty()) {
            rule.prefix = rule.place.location;
        }
        if (rule.prefix.empty()) {
            refuse(table.source(), "a [[registry]] needs \"prefix\" or \"location\"");
        }
        rule.is_blocked = flag(table, "blocked");
        const bool only_digests = flag(table, "mirror-by-digest-only");
        if (const toml::array* const mirrors = list(table, "mirror")) {
            for (const toml::node& node : *mirrors) {
                RegistryPlace mirror = place(table_of(node, "mirror"));
                if (mirror.location.empty()) {
                    refuse(node.source(), "a mirror needs \"location\"");
                }
                if (only_digests) {
                    mirror.use = MirrorUse::digests;
                }
                rule.mirrors.push_back(std::move(mirror));
            }
        }
        return rule;
    }

    ShortNameMode mode(const toml::table& table) const {
        const std::string word = text(table, "short-name-mode");
        if (word == "enforcing") {
            return ShortNameMode::enforcing;
        }
        if (word == "disabled") {
            return ShortNameMode::disabled;
        }
        if (word != "permissive") {
            refuse(
                table.get("short-name-mode")->source(),
                fmt::format(
                    "\"{}\" is none of enforcing, permissive, disabled", base::printable(word)));
        }
        return ShortNameMode::permissive;
    }

    /// A registry may have several rules, for prefixes of its own each. The first one of a prefix counts.
    std::vector<RegistryRule> rules(const toml::table& table) const {
        std::vector<RegistryRule> all;
        std::vector<RegistryRule> counting;
        if (const toml::array* const tables = list(table, "registry")) {
            for (const toml::node& node : *tables) {
                const RegistryRule next = rule(table_of(node, "registry"));
                bool is_new = true;
                for (const RegistryRule& earlier : all) {
                    require_agreement(earlier, next, node.source());
                    is_new = is_new && earlier.prefix != next.prefix;
                }
                all.push_back(next);
                if (is_new) {
                    counting.push_back(next);
                }
            }
        }
        return counting;
    }

    /// Nobody can tell which of the two was meant.
    void require_agreement(
        const RegistryRule& earlier,
        const RegistryRule& next,
        const toml::source_region& source) const {
        const auto registry = [](const RegistryRule& rule) -> const std::string& {
            return rule.place.location.empty() ? rule.prefix : rule.place.location;
        };
        if (registry(earlier) != registry(next)) {
            return;
        }
        const auto conflict = [&](const char* setting) {
            refuse(
                source,
                fmt::format(
                    "\"{}\" is \"{}\" in one [[registry]] and not in another",
                    base::printable(registry(next)),
                    setting));
        };
        if (earlier.place.is_insecure != next.place.is_insecure) {
            conflict("insecure");
        }
        if (earlier.is_blocked != next.is_blocked) {
            conflict("blocked");
        }
    }

    RegistriesFile file(const toml::table& table) const {
        if (const toml::node* const old = table.get("registries")) {
            refuse(
                old->source(),
                "this is version 1 of registries.conf, which is not read; write [[registry]] and "
                "unqualified-search-registries instead");
        }
        RegistriesFile result;
        if (const toml::array* const search = list(table, "unqualified-search-registries")) {
            result.search.emplace();
            for (const toml::node& node : *search) {
                if (node.as_string() == nullptr) {
                    refuse(node.source(), "this is no name of a registry");
                }
                result.search->push_back(node.as_string()->get());
            }
        }
        if (table.contains("short-name-mode")) {
            result.short_name_mode = mode(table);
        }
        result.rules = rules(table);
        if (const toml::node* const aliases = table.get("aliases")) {
            const toml::table& members = table_of(*aliases, "aliases");
            for (const auto& [name, target] : members) {
                result.aliases.emplace(name.str(), text(members, name.str()));
            }
        }
        return result;
    }

private:
    std::string file_;
};

} // namespace

RegistriesFile read_registries_file(std::string_view text, const std::string& file) {
    const Reader reader(file);
    try {
        return reader.file(toml::parse(text, file));
    } catch (const toml::parse_error& error) {
        reader.refuse(error.source(), std::string(error.description()));
    }
}

} // namespace imgbuild::config
