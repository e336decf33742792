// SPDX-License-Identifier: Apache-2.0
#include "build/stages/repositories_stage.hpp"

#include "base/text.hpp"
#include "net/url.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::build {

namespace {

/// Raise when the same repositories would be written to other files; their content is described.
constexpr int repositories_version = 2;

std::string key_path(const package::PackageSource& source) {
    if (source.keys.empty()) {
        return {};
    }
    // apt tells armoured keys from binary ones by the ending.
    const bool is_armoured = source.keys.front().rfind("-----BEGIN", 0) == 0;
    return fmt::format("/usr/share/keyrings/{}.{}", source.alias, is_armoured ? "asc" : "gpg");
}

const std::string& url_in_image(const package::PackageSource& source) {
    return source.public_url.empty() ? source.url : source.public_url;
}

/// What apt calls the site of a source; empty for local ones.
std::string host_in_image(const package::PackageSource& source) {
    const auto url = net::Url::parse(url_in_image(source));
    return url ? url->host : std::string();
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
        inputs.add(fmt::format("pin of repository {}", source.alias), preferences_of(source));
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
        if (!source.priority) {
            continue;
        }
        if (can_be_pinned(source, inputs_.image_sources)) {
            root.make_directories("etc/apt/preferences.d", {0755, 0, 0});
            root.write(
                fmt::format("etc/apt/preferences.d/{}.pref", source.alias),
                preferences_of(source),
                {0644, 0, 0});
        } else {
            stage.context.reporter.message(
                base::LogLevel::warning,
                fmt::format(
                    "the priority of the repository {} is not set in the image: apt can't tell it "
                    "from others on {} that have another one",
                    source.alias,
                    host_in_image(source)));
        }
    }
}

std::string deb822_source(const package::PackageSource& source, std::string_view key_file) {
    std::string text = fmt::format("Types: deb\nURIs: {}\n", url_in_image(source));
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

std::string preferences_of(const package::PackageSource& source) {
    if (!source.priority) {
        return {};
    }
    return fmt::format(
        "Package: *\nPin: origin \"{}\"\nPin-Priority: {}\n",
        host_in_image(source),
        *source.priority);
}

bool can_be_pinned(
    const package::PackageSource& source, const std::vector<package::PackageSource>& all) {
    return std::all_of(all.begin(), all.end(), [&](const package::PackageSource& other) {
        return host_in_image(other) != host_in_image(source) || other.priority == source.priority;
    });
}

} // namespace imgbuild::build
