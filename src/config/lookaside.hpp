// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/host.hpp"

#include <map>
#include <string>
#include <string_view>

namespace imgbuild::config {

/// Where the simple-signing signatures of registries lie: registries.d.
class Lookaside {
public:
    /// The user's registries.d, else the system's. @throws base::UsageError naming file and line.
    static Lookaside load(const Host& host);

    /// @param text a file of registries.d: of YAML what such files consist of (nested mappings of plain or
    ///        quoted scalars, comments).
    void add(std::string_view text, const std::string& file);

    /// The URL below which the signatures of a repository lie, without a slash at its end.
    /// @param repository "registry.example/group/name".
    /// @param tag "" if there is none. The longest namespace that is configured counts.
    std::string find(const std::string& repository, const std::string& tag) const;

    /// Whether a registry is asked for the signatures that cosign keeps beside images
    /// (use-sigstore-attachments). True where nothing is said: what they sign is checked anyway.
    bool uses_attachments(const std::string& repository, const std::string& tag) const;

private:
    /// The value of a key for the longest namespace that has it, else the default's.
    const std::string*
    look_up(const std::string& key, const std::string& repository, const std::string& tag) const;

    /// Key → namespace ("": the default's) → value.
    std::map<std::string, std::map<std::string, std::string>> values_;
    std::string fallback_;
};

} // namespace imgbuild::config
