// SPDX-License-Identifier: Apache-2.0
#include "config/registries.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "config/registries_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace imgbuild::config {

namespace {

/// How many characters of `name` the prefix stands for; nothing if it doesn't match.
std::optional<std::size_t> match_length(std::string_view name, std::string_view prefix) {
    constexpr std::string_view ends = "/:@";
    if (prefix.starts_with("*.")) {
        const std::string_view domain = prefix.substr(1, prefix.find('/') - 1);
        const std::string_view host = name.substr(0, name.find_first_of("/:"));
        if (host.size() <= domain.size() || !host.ends_with(domain)) {
            return std::nullopt;
        }
        const std::string rest = prefix.find('/') == std::string_view::npos
                                     ? ""
                                     : std::string(prefix.substr(prefix.find('/')));
        const std::optional<std::size_t> length = match_length(name, std::string(host) + rest);
        return length;
    }
    if (!name.starts_with(prefix)) {
        return std::nullopt;
    }
    const bool ends_there =
        name.size() == prefix.size() || ends.find(name[prefix.size()]) != std::string_view::npos;
    return ends_there ? std::optional(prefix.size()) : std::nullopt;
}

/// `repository` as it is called at `place`.
std::string
rewritten(const std::string& repository, const RegistryRule& rule, const RegistryPlace& place) {
    if (place.location.empty()) {
        return repository;
    }
    return place.location + repository.substr(match_length(repository, rule.prefix).value_or(0));
}

std::optional<std::string> file_by_environment(const Host& host) {
    const auto file = host.variable("CONTAINERS_REGISTRIES_CONF");
    return file ? file : host.variable("REGISTRIES_CONFIG_PATH");
}

std::vector<std::string> files_of(const Host& host) {
    const std::string system = host.path("/etc/containers/registries.conf");
    const std::string user =
        host.home() ? base::join_path(*host.home(), ".config/containers/registries.conf") : "";
    std::vector<std::string> files;
    std::vector<std::string> directories = {system + ".d"};
    if (const auto file = file_by_environment(host)) {
        files.push_back(*file);
    } else if (!user.empty() && is_readable_file(user)) {
        files.push_back(user);
        directories.clear();
    } else if (is_readable_file(system)) {
        files.push_back(system);
    }
    if (!user.empty()) {
        directories.push_back(user + ".d");
    }
    for (const std::string& directory : directories) {
        const std::vector<std::string> more = files_with_suffix(directory, ".conf");
        files.insert(files.end(), more.begin(), more.end());
    }
    return files;
}

} // namespace

Registries Registries::load(const Host& host) {
    constexpr std::size_t size_limit = std::size_t{4} << 20U;
    Registries registries;
    for (const std::string& file : files_of(host)) {
        registries.add(base::read_file(file, size_limit), file);
    }
    return registries;
}

void Registries::add(std::string_view text, const std::string& file) {
    RegistriesFile read = read_registries_file(text, file);
    if (read.search) {
        search_ = std::move(*read.search);
    }
    short_name_mode_ = read.short_name_mode.value_or(short_name_mode_);
    for (const auto& [name, target] : read.aliases) {
        // An empty one takes back what an earlier file said.
        if (target.empty()) {
            aliases_.erase(name);
        } else {
            aliases_[name] = target;
        }
    }
    for (RegistryRule& rule : read.rules) {
        std::erase_if(
            rules_, [&rule](const RegistryRule& old) { return old.prefix == rule.prefix; });
        rules_.push_back(std::move(rule));
    }
}

const RegistryRule* Registries::find(std::string_view name) const {
    const RegistryRule* best = nullptr;
    for (const RegistryRule& rule : rules_) {
        const bool is_better = best == nullptr || rule.prefix.size() > best->prefix.size();
        if (is_better && match_length(name, rule.prefix)) {
            best = &rule;
        }
    }
    return best;
}

std::vector<RegistryEndpoint>
Registries::endpoints(const std::string& repository, bool by_digest) const {
    const RegistryRule* const rule = find(repository);
    if (rule == nullptr) {
        return {{repository, false, false}};
    }
    if (rule->is_blocked) {
        base::UsageError error(fmt::format("{} is blocked by {}", rule->prefix, rule->file));
        error.set_hint("take the image from another registry, or change that file");
        throw error;
    }
    std::vector<RegistryEndpoint> endpoints;
    for (const RegistryPlace& mirror : rule->mirrors) {
        const bool serves =
            mirror.use == MirrorUse::all || (mirror.use == MirrorUse::digests) == by_digest;
        if (serves) {
            endpoints.push_back({rewritten(repository, *rule, mirror), mirror.is_insecure, true});
        }
    }
    endpoints.push_back(
        {rewritten(repository, *rule, rule->place), rule->place.is_insecure, false});
    return endpoints;
}

} // namespace imgbuild::config
