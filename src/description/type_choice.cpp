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

/// How to come to a type that can be built, from where it is hidden by a filter.
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
    return fmt::format("add <type image=\"{}\"/> to <preferences>", buildable_type);
}

void report_no_type(
    const Model& model,
    const std::vector<const TypeSection*>& types,
    const std::string& wished,
    Findings& findings) {
    if (!wished.empty() && wished != buildable_type) {
        const auto found = std::find_if(types.begin(), types.end(), [&](const TypeSection* type) {
            return type->image.name == wished;
        });
        findings
            .error(
                "E211",
                fmt::format("type \"{}\" can't be built by imgbuild", wished),
                found == types.end() ? option_word("--type", wished) : (*found)->image)
            .hint = fmt::format("it builds type \"{}\"", buildable_type);
        return;
    }
    std::vector<std::string> names;
    for (const TypeSection* const type : types) {
        names.push_back("\"" + type->image.name + "\"");
    }
    findings
        .error(
            "E210",
            names.empty() ? fmt::format("the description has no <type> for this selection")
                          : fmt::format(
                                "the description has no type that imgbuild can build, only {}",
                                base::join(names, ", ")),
            types.empty() ? NamedItem{"", model.position} : types.front()->image)
        .hint = way_to_buildable_type(model);
}

} // namespace

const TypeSection* choose_type(
    const Model& model, const Chooser& chooser, const std::string& wished, Findings& findings) {
    const auto types = types_that_count(model, chooser);
    const TypeSection* chosen = nullptr;
    if (wished.empty() || wished == buildable_type) {
        for (const TypeSection* const type : types) {
            const bool is_better = chosen == nullptr || (type->is_primary && !chosen->is_primary);
            if (type->image.name == buildable_type && is_better) {
                chosen = type;
            }
        }
    }
    if (chosen == nullptr) {
        report_no_type(model, types, wished, findings);
    }
    return chosen;
}

} // namespace imgbuild::description
