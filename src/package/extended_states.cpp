// SPDX-License-Identifier: Apache-2.0
#include "package/extended_states.hpp"

#include "package/deb822.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace imgbuild::package {

std::string extended_states(
    const std::vector<ResolvedPackage>& packages, const std::string& native_architecture) {
    std::map<std::pair<std::string, std::string>, std::string> stanzas;
    for (const ResolvedPackage& package : packages) {
        if (package.automatic) {
            const std::string& architecture =
                package.architecture == "all" ? native_architecture : package.architecture;
            stanzas[{package.name, architecture}] = fmt::format(
                "Package: {}\nArchitecture: {}\nAuto-Installed: 1\n\n", package.name, architecture);
        }
    }
    std::string text;
    for (const auto& [name, stanza] : stanzas) {
        text += stanza;
    }
    return text;
}

std::string keep_states(std::string_view states, const std::vector<InstalledPackage>& installed) {
    std::string text;
    Deb822Reader reader(states);
    while (reader.next_stanza()) {
        std::string_view name;
        while (const std::optional<Deb822Field> field = reader.next_field()) {
            if (same_field(field->name, "Package")) {
                name = field->value;
            }
        }
        if (std::any_of(installed.begin(), installed.end(), [name](const InstalledPackage& p) {
                return p.name == name;
            })) {
            text += reader.stanza();
            text += "\n\n";
        }
    }
    return text;
}

} // namespace imgbuild::package
