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

private:
    std::string default_;
    std::map<std::string, std::string> namespaces_;
    std::string fallback_;
};

} // namespace imgbuild::config
