// SPDX-License-Identifier: Apache-2.0
#include "build/stages/repositories_stage.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace imgbuild::build {

namespace {

/// Raise when the same repositories would be written to other files; their content is described.
constexpr int repositories_version = 1;

std::string key_path(const package::PackageSource& source) {
    if (source.keys.empty()) {
        return {};
    }
    // apt tells armoured keys from binary ones by the ending.
    const bool is_armoured = source.keys.front().rfind("-----BEGIN", 0) == 0;
    return fmt::format("/usr/share/keyrings/{}.{}", source.alias, is_armoured ? "asc" : "gpg");
}

std::string joined_keys(const package::PackageSource& source) {
    std::string text;
    for (const std::string& key : source.keys) {
        text += key;
    }
    return text;
}

} // namespace

RepositoriesStage::RepositoriesStage(const Inputs& inputs)
    : inputs_(inputs) {}

bool RepositoriesStage::has_work(const Inputs& inputs) {
    return !inputs.image_sources.empty();
}

void RepositoriesStage::describe(KeyInputs& inputs) const {
    inputs.add("version of repositories", repositories_version);
    for (const package::PackageSource& source : inputs_.image_sources) {
        inputs.add(
            fmt::format("repository {}", source.alias), deb822_source(source, key_path(source)));
        inputs.add(
            fmt::format("keys of repository {}", source.alias),
            crypto::sha256(joined_keys(source)));
    }
}

void RepositoriesStage::run(const StageContext& stage) {
    const root::Root& root = stage.root.root();
    root.make_directories("etc/apt/sources.list.d", {0755, 0, 0});
    root.make_directories("usr/share/keyrings", {0755, 0, 0});
    for (const package::PackageSource& source : inputs_.image_sources) {
        const std::string keys = key_path(source);
        if (!keys.empty()) {
            root.write(keys, joined_keys(source), {0644, 0, 0});
        }
        root.write(
            fmt::format("etc/apt/sources.list.d/{}.sources", source.alias),
            deb822_source(source, keys),
            {0644, 0, 0});
    }
}

std::string deb822_source(const package::PackageSource& source, std::string_view key_file) {
    const std::string& url = source.public_url.empty() ? source.url : source.public_url;
    std::string text = fmt::format("Types: deb\nURIs: {}\n", url);
    if (source.distribution.empty()) {
        text += "Suites: ./\n";
    } else {
        text += fmt::format("Suites: {}\n", source.distribution);
    }
    if (!source.components.empty()) {
        text += fmt::format("Components: {}\n", base::join(source.components, " "));
    }
    if (!key_file.empty()) {
        text += fmt::format("Signed-By: {}\n", key_file);
    } else if (!source.check_signature) {
        text += "Trusted: yes\n";
    }
    return text;
}

} // namespace imgbuild::build
