// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/registries.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::config {

/// What one file says.
struct RegistriesFile {
    std::optional<std::vector<std::string>> search;
    std::optional<ShortNameMode> short_name_mode;
    std::map<std::string, std::string> aliases;
    std::vector<RegistryRule> rules;
};

/// @throws base::UsageError naming file, line and column.
RegistriesFile read_registries_file(std::string_view text, const std::string& file);

} // namespace imgbuild::config
