// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * registries.conf (version 2) and its drop-ins, as podman reads them: where short names are looked for,
 * which registries are mirrored, rewritten, blocked or insecure.
 */
#pragma once

#include "config/host.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::config {

/// How a name without a registry is looked up.
enum class ShortNameMode {
    /// Every registry of the search list is tried.
    disabled,
    /// Without a person to ask: every registry of the search list is tried.
    permissive,
    /// Without a person to ask: an error unless there is one registry only.
    enforcing,
};

/// What a mirror may be asked for.
enum class MirrorUse { all, digests, tags };

/// A place that images are pulled from.
struct RegistryPlace {
    /// "mirror.example:5000/hub", in front of the path.
    std::string location;
    /// http, and certificates that nobody vouches for, are fine.
    bool is_insecure = false;
    MirrorUse use = MirrorUse::all;
};

struct RegistryRule {
    /// "docker.io", "registry.example/group", "*.example.com".
    std::string prefix;
    RegistryPlace place;
    bool is_blocked = false;
    std::vector<RegistryPlace> mirrors;
    /// The file that says so, for messages.
    std::string file;
};

/// A name as it is asked for at one place.
struct RegistryEndpoint {
    /// "mirror.example:5000/hub/library/debian", without tag and digest.
    std::string repository;
    bool is_insecure = false;
    bool is_mirror = false;
};

class Registries {
public:
    /// $CONTAINERS_REGISTRIES_CONF, else the user's registries.conf or the system's, and over it the
    /// drop-ins of the system, then of the user; beside the user's registries.conf only the user's. None
    /// at all is fine.
    /// @throws base::UsageError naming file, line and column.
    static Registries load(const Host& host);

    /// @param text a file's content; what it says wins over what `add` was told before.
    void add(std::string_view text, const std::string& file);

    /// The rule with the longest matching prefix; nullptr if none matches.
    /// @param name "registry.example/group/name", with ":tag" or "@digest" or without.
    const RegistryRule* find(std::string_view name) const;

    /// Where to ask for a repository, in this order: mirrors, then the place itself.
    /// @throws base::UsageError if it is blocked.
    std::vector<RegistryEndpoint> endpoints(const std::string& repository, bool by_digest) const;

    const std::vector<std::string>& search() const noexcept { return search_; }

    ShortNameMode short_name_mode() const noexcept { return short_name_mode_; }

    /// What a short name stands for ("debian" → "docker.io/library/debian").
    const std::map<std::string, std::string>& aliases() const noexcept { return aliases_; }

private:
    std::vector<std::string> search_;
    ShortNameMode short_name_mode_ = ShortNameMode::permissive;
    std::map<std::string, std::string> aliases_;
    std::vector<RegistryRule> rules_;
};

} // namespace imgbuild::config
