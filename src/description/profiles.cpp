// SPDX-License-Identifier: Apache-2.0
#include "description/profiles.hpp"

#include "base/architecture.hpp"
#include "base/nearest_name.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace imgbuild::description {

namespace {

/// Follows `requires` from the wished profiles. What is wrong with the requirements themselves is
/// reported by `check_profiles`, whatever is wished.
class Resolver {
public:
    Resolver(const Model& model, std::string_view architecture, Findings& findings)
        : model_(model)
        , architecture_(architecture)
        , findings_(findings) {}

    void add(const NamedItem& word) {
        const ProfileSection* const profile = find(word);
        if (profile == nullptr || !selected_.insert(profile->name).second) {
            return;
        }
        for (const Filtered<NamedItem>& required : profile->required) {
            if (base::architecture_list_contains(required.architectures, architecture_) &&
                is_profile(model_, required.item.name)) {
                add(required.item);
            }
        }
    }

    std::vector<std::string> in_document_order() const {
        std::vector<std::string> names;
        for (const ProfileSection& profile : model_.profiles) {
            if (selected_.count(profile.name) != 0 &&
                std::find(names.begin(), names.end(), profile.name) == names.end()) {
                names.push_back(profile.name);
            }
        }
        return names;
    }

private:
    const ProfileSection* find(const NamedItem& word) {
        const ProfileSection* elsewhere = nullptr;
        for (const ProfileSection& profile : model_.profiles) {
            if (profile.name == word.name) {
                if (base::architecture_list_contains(profile.architectures, architecture_)) {
                    return &profile;
                }
                elsewhere = &profile;
            }
        }
        if (elsewhere == nullptr) {
            report_unknown_profile(model_, "E203", word, findings_);
            return nullptr;
        }
        base::Diagnostic& finding = findings_.error(
            "E206", fmt::format("profile \"{}\" is not for {}", word.name, architecture_), word);
        finding.related = elsewhere->position;
        finding.related_message = fmt::format("it is for {}", elsewhere->architectures);
        return nullptr;
    }

    const Model& model_;
    std::string architecture_;
    Findings& findings_;
    std::set<std::string> selected_;
};

} // namespace

std::vector<std::string> select_profiles(
    const Model& model,
    std::string_view architecture,
    const std::vector<std::string>& wished,
    Findings& findings) {
    Resolver resolver(model, architecture, findings);
    for (const std::string& name : wished) {
        resolver.add(option_word("--profile", name));
    }
    for (const ProfileSection& profile : model.profiles) {
        if (wished.empty() && profile.is_import &&
            base::architecture_list_contains(profile.architectures, architecture)) {
            resolver.add({profile.name, profile.position});
        }
    }
    return resolver.in_document_order();
}

bool Chooser::counts(const Filter& filter) const {
    const auto is_selected = [&](const NamedItem& profile) {
        return std::find(profiles_.begin(), profiles_.end(), profile.name) != profiles_.end();
    };
    return (filter.profiles.empty() ||
            std::any_of(filter.profiles.begin(), filter.profiles.end(), is_selected)) &&
           counts(filter.architectures);
}

bool Chooser::counts(std::string_view architectures) const {
    return base::architecture_list_contains(architectures, architecture_);
}

} // namespace imgbuild::description
