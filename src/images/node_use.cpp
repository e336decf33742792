// SPDX-License-Identifier: Apache-2.0
#include "images/node_use.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "images/block_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace imgbuild::images {

namespace {

/// "image name" since Warewulf 4.6, before that "container name".
std::string image_of(const YamlValue& settings) {
    std::string image = settings.text("image name");
    return image.empty() ? settings.text("container name") : image;
}

using Profiles = std::map<std::string, const YamlValue*>;

std::vector<std::string> profiles_of(const YamlValue& settings) {
    std::vector<std::string> names;
    if (const YamlValue* const list = settings.find("profiles")) {
        for (const YamlValue& item : list->items) {
            names.push_back(item.scalar);
        }
    }
    return names;
}

/// Adds the profiles with those that they name themselves before them, each once. Those that are taken back
/// ("~NAME") stay as they are.
void add_nested(
    const std::vector<std::string>& names,
    const Profiles& profiles,
    std::set<std::string>& seen,
    std::vector<std::string>& all) {
    for (const std::string& name : names) {
        const bool is_taken_back = name.starts_with('~');
        if (!is_taken_back && !seen.insert(name).second) {
            continue;
        }
        if (const auto found = profiles.find(name); found != profiles.end() && !is_taken_back) {
            add_nested(profiles_of(*found->second), profiles, seen, all);
        }
        all.push_back(name);
    }
}

/// What a node without an image of its own loads.
std::string image_by_profiles(const std::vector<std::string>& names, const Profiles& profiles) {
    std::set<std::string> seen;
    std::vector<std::string> all;
    add_nested(names, profiles, seen, all);
    std::string image;
    for (const std::string& name : all) {
        const auto found = profiles.find(name);
        const bool is_taken_back = std::find(all.begin(), all.end(), "~" + name) != all.end();
        const std::string own =
            found == profiles.end() || is_taken_back ? std::string() : image_of(*found->second);
        image = own.empty() ? image : own;
    }
    return image;
}

std::string some_of(const std::vector<std::string>& names) {
    constexpr std::size_t most = 10;
    std::vector<std::string> shown = names;
    if (names.size() > most) {
        shown.resize(most);
        shown.push_back(fmt::format("{} more", names.size() - most));
    }
    return base::join(shown, ", ");
}

} // namespace

std::map<std::string, NodeUse> read_node_use(const std::string& path) {
    std::map<std::string, NodeUse> uses;
    if (path.empty() || !base::exists(path)) {
        return uses;
    }
    const YamlValue document = parse_block_yaml(base::read_file(path), path);
    // Until 4.5, which wrote its number into the file, a node without profiles had this one.
    const bool has_default = document.find("WW_INTERNAL") != nullptr;
    Profiles profiles;
    if (const YamlValue* const section = document.find("nodeprofiles")) {
        for (const auto& [name, settings] : section->members) {
            profiles[name] = &settings;
            if (const std::string image = image_of(settings); !image.empty()) {
                uses[image].profiles.push_back(name);
            }
        }
    }
    if (const YamlValue* const section = document.find("nodes")) {
        for (const auto& [name, settings] : section->members) {
            std::vector<std::string> chosen = profiles_of(settings);
            if (chosen.empty() && has_default) {
                chosen.emplace_back("default");
            }
            const std::string own = image_of(settings);
            const std::string image = own.empty() ? image_by_profiles(chosen, profiles) : own;
            if (!image.empty()) {
                uses[image].nodes.push_back(name);
            }
        }
    }
    return uses;
}

std::string describe(const NodeUse& use) {
    std::vector<std::string> parts;
    if (!use.nodes.empty()) {
        parts.push_back(fmt::format(
            "{} {}", use.nodes.size() == 1 ? "the node" : "the nodes", some_of(use.nodes)));
    }
    if (!use.profiles.empty()) {
        parts.push_back(fmt::format(
            "{} {}",
            use.profiles.size() == 1 ? "the profile" : "the profiles",
            some_of(use.profiles)));
    }
    return base::join(parts, " and ");
}

} // namespace imgbuild::images
