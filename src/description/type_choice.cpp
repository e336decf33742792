// SPDX-License-Identifier: Apache-2.0
#include "description/type_choice.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace imgbuild::description {

namespace {

std::vector<const TypeSection*> types_that_count(const Model& model, const Chooser& chooser) {
    std::vector<const TypeSection*> types;
    for (const PreferencesSection& preferences : model.preferences) {
        if (chooser.counts(preferences.filter)) {
            for (const TypeSection& type : preferences.types) {
                types.push_back(&type);
            }
        }
    }
    return types;
}

/// How to come to a type that can be built, from where it is hidden by a filter; empty if there is
/// none anywhere.
std::string way_to_buildable_type(const Model& model) {
    for (const PreferencesSection& preferences : model.preferences) {
        for (const TypeSection& type : preferences.types) {
            if (type.image.name != buildable_type) {
                continue;
            }
            if (!preferences.filter.profiles.empty()) {
                return fmt::format(
                    "the one in line {} belongs to profile \"{}\": choose it with --profile {}",
                    type.position.line,
                    preferences.filter.profiles.front().name,
                    preferences.filter.profiles.front().name);
            }
            return fmt::format(
                "the one in line {} is for {}: choose it with --target-arch",
                type.position.line,
                preferences.filter.architectures);
        }
    }
    return {};
}

/// Where the types are that this selection does not have; empty if there are none.
std::string profiles_with_types(const Model& model) {
    std::vector<std::string> names;
    for (const PreferencesSection& preferences : model.preferences) {
        for (const NamedItem& profile : preferences.filter.profiles) {
            const bool is_known =
                std::find(names.begin(), names.end(), profile.name) != names.end();
            if (!preferences.types.empty() && !is_known && is_profile(model, profile.name)) {
                names.push_back(profile.name);
            }
        }
    }
    return base::join(names, ", ");
}

/// What can be done where no type takes part.
std::string way_to_any_type(const Model& model) {
    const std::string profiles = profiles_with_types(model);
    return profiles.empty()
               ? fmt::format("add <type image=\"{}\"/> to <preferences>", buildable_type)
               : fmt::format(
                     "its types belong to profiles: choose one with --profile ({}), or "
                     "build its packages as a node with --type {}",
                     profiles,
                     buildable_type);
}

/// The primary one of that name, else the first; any name if it is empty.
const TypeSection* best_of(const std::vector<const TypeSection*>& types, std::string_view name) {
    const TypeSection* best = nullptr;
    for (const TypeSection* const type : types) {
        const bool is_better = best == nullptr || (type->is_primary && !best->is_primary);
        if ((name.empty() || type->image.name == name) && is_better) {
            best = type;
        }
    }
    return best;
}

std::string names_of(const std::vector<const TypeSection*>& types) {
    std::vector<std::string> names;
    for (const TypeSection* const type : types) {
        names.push_back("\"" + type->image.name + "\"");
    }
    return base::join(names, ", ");
}

/// A node made of a description that has no type for it.
TypeSection
made_up_type(const Model& model, const std::vector<const TypeSection*>& types, Findings& findings) {
    TypeSection type;
    type.image = option_word("--type", std::string(buildable_type));
    type.position = model.position;
    findings
        .note(
            "N207",
            fmt::format(
                "the description has no type \"{}\": its packages are built as a node",
                buildable_type),
            types.empty() ? NamedItem{"", model.position} : types.front()->image)
        .hint = "whether they suffice to boot is checked at the end of the build";
    return type;
}

} // namespace

std::optional<TypeSection> choose_type(
    const Model& model, const Chooser& chooser, const std::string& wished, Findings& findings) {
    const auto types = types_that_count(model, chooser);
    if (!wished.empty()) {
        if (const TypeSection* const type = best_of(types, wished)) {
            return *type;
        }
        if (wished == buildable_type) {
            return made_up_type(model, types, findings);
        }
        findings
            .error(
                "E211",
                fmt::format("the description has no type \"{}\" for this selection", wished),
                option_word("--type", wished))
            .hint = types.empty() ? std::string() : "it has " + names_of(types);
        return std::nullopt;
    }
    if (const TypeSection* const type = best_of(types, buildable_type)) {
        return *type;
    }
    const std::string way = way_to_buildable_type(model);
    if (const TypeSection* const type = best_of(types, "")) {
        findings
            .warning(
                "N208",
                fmt::format(
                    "type \"{}\" is valid, but imgbuild does not build it", type->image.name),
                type->image)
            .hint = way.empty() ? fmt::format(
                                      "build its packages as a node with --type {0}, or add <type "
                                      "image=\"{0}\"/> to <preferences>",
                                      buildable_type)
                                : way;
        return *type;
    }
    findings.error("E210", "the description has no <type> for this selection", {"", model.position})
        .hint = way.empty() ? way_to_any_type(model) : way;
    return std::nullopt;
}

} // namespace imgbuild::description
