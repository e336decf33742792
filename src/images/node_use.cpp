// SPDX-License-Identifier: Apache-2.0
#include "images/node_use.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "images/block_yaml.hpp"

#include <fmt/format.h>

namespace imgbuild::images {

namespace {

/// "image name" since Warewulf 4.6, before that "container name".
std::string image_of(const YamlValue& settings) {
    std::string image = settings.text("image name");
    return image.empty() ? settings.text("container name") : image;
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
    std::map<std::string, std::string> profiles;
    if (const YamlValue* const section = document.find("nodeprofiles")) {
        for (const auto& [name, settings] : section->members) {
            const std::string image = image_of(settings);
            if (!image.empty()) {
                profiles[name] = image;
                uses[image].profiles.push_back(name);
            }
        }
    }
    if (const YamlValue* const section = document.find("nodes")) {
        for (const auto& [name, settings] : section->members) {
            std::string image;
            if (const YamlValue* const chosen = settings.find("profiles")) {
                for (const YamlValue& profile : chosen->items) {
                    const auto found = profiles.find(profile.scalar);
                    image = found == profiles.end() ? image : found->second;
                }
            }
            const std::string own = image_of(settings);
            image = own.empty() ? image : own;
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
