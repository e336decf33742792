// SPDX-License-Identifier: Apache-2.0
#include "package/extended_states.hpp"

#include "package/deb822.hpp"
#include "package/wanted_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
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

namespace {

template <typename Predicate>
std::string states_of(std::string_view states, const Predicate& stays) {
    std::string text;
    Deb822Reader reader(states);
    while (reader.next_stanza()) {
        std::string_view name;
        while (const std::optional<Deb822Field> field = reader.next_field()) {
            if (same_field(field->name, "Package")) {
                name = field->value;
            }
        }
        if (stays(name)) {
            text += reader.stanza();
            text += "\n\n";
        }
    }
    return text;
}

} // namespace

std::string keep_states(std::string_view states, const std::vector<InstalledPackage>& installed) {
    return states_of(states, [&installed](std::string_view name) {
        return std::any_of(installed.begin(), installed.end(), [name](const InstalledPackage& p) {
            return p.name == name;
        });
    });
}

bool is_automatic(std::string_view states, std::string_view name) {
    const std::string found = states_of(states, [name](std::string_view it) { return it == name; });
    return found.find("Auto-Installed: 1") != std::string::npos;
}

std::string add_states(
    std::string_view states,
    const std::vector<ResolvedPackage>& packages,
    const std::vector<WantedPackage>& wanted,
    const std::string& native_architecture) {
    std::set<std::string, std::less<>> changed;
    for (const ResolvedPackage& package : packages) {
        changed.insert(package.name);
    }
    for (const WantedPackage& package : wanted) {
        changed.insert(NameParts::parse(package.name).name);
    }
    return states_of(states, [&](std::string_view name) { return !changed.contains(name); }) +
           extended_states(packages, native_architecture);
}

} // namespace imgbuild::package
