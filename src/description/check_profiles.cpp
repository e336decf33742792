// SPDX-License-Identifier: Apache-2.0
#include "base/architecture.hpp"
#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "description/profiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace imgbuild::description {

namespace {

std::vector<std::string_view> profile_names(const Model& model) {
    std::vector<std::string_view> names;
    for (const ProfileSection& profile : model.profiles) {
        names.emplace_back(profile.name);
    }
    return names;
}

/// Looks for profiles that require each other, on whatever architecture.
class CycleFinder {
public:
    CycleFinder(const Model& model, Findings& findings)
        : model_(model)
        , findings_(findings) {}

    void visit(const std::string& name) {
        if (!visited_.insert(name).second) {
            return;
        }
        path_.push_back(name);
        for (const ProfileSection& profile : model_.profiles) {
            if (profile.name != name) {
                continue;
            }
            for (const Filtered<NamedItem>& required : profile.required) {
                follow(required.item);
            }
        }
        path_.pop_back();
    }

private:
    void follow(const NamedItem& required) {
        const auto start = std::find(path_.begin(), path_.end(), required.name);
        if (start == path_.end()) {
            visit(required.name);
            return;
        }
        std::vector<std::string> names(start, path_.end());
        names.push_back(required.name);
        findings_
            .error(
                "E204",
                names.size() == 2
                    ? fmt::format("profile \"{}\" requires itself", required.name)
                    : fmt::format("profiles require each other: {}", base::join(names, " → ")),
                required)
            .hint = "remove one of these <requires>";
    }

    const Model& model_;
    Findings& findings_;
    std::set<std::string> visited_;
    std::vector<std::string> path_;
};

bool have_common_architecture(const ProfileSection& a, const ProfileSection& b) {
    if (a.architectures.empty() || b.architectures.empty()) {
        return true;
    }
    const auto names = base::split(a.architectures, ',');
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
        return base::architecture_list_contains(b.architectures, base::trim(name));
    });
}

void check_definition(const Model& model, std::size_t index, Findings& findings) {
    const ProfileSection& profile = model.profiles[index];
    const NamedItem word{profile.name, profile.position};
    if (profile.name.empty() || profile.name == "." || profile.name == ".." ||
        profile.name.find_first_of("/,") != std::string::npos) {
        findings
            .error("E207", fmt::format("\"{}\" can't be the name of a profile", profile.name), word)
            .hint = "a profile's name is also the name of its directory of files: no \"/\" and no "
                    "\",\" in it";
    }
    for (std::size_t earlier = 0; earlier < index; ++earlier) {
        const ProfileSection& other = model.profiles[earlier];
        if (other.name == profile.name && have_common_architecture(other, profile)) {
            base::Diagnostic& finding = findings.error(
                "E205", fmt::format("profile \"{}\" is defined twice", profile.name), word);
            finding.related = other.position;
            finding.related_message = "first defined here";
            break;
        }
    }
    for (const Filtered<NamedItem>& required : profile.required) {
        if (!is_profile(model, required.item.name)) {
            report_unknown_profile(model, "E202", required.item, findings);
        }
    }
}

void check_filter(const Model& model, const Filter& filter, Findings& findings) {
    for (const NamedItem& profile : filter.profiles) {
        if (!is_profile(model, profile.name)) {
            report_unknown_profile(model, "E201", profile, findings);
        }
    }
}

} // namespace

bool is_profile(const Model& model, std::string_view name) {
    return std::any_of(
        model.profiles.begin(), model.profiles.end(), [&](const ProfileSection& profile) {
            return profile.name == name;
        });
}

void report_unknown_profile(
    const Model& model, const std::string& code, const NamedItem& word, Findings& findings) {
    const auto names = profile_names(model);
    const std::vector<std::string_view> words = base::split_words(word.name);
    const bool is_list =
        words.size() > 1 && std::all_of(words.begin(), words.end(), [&](std::string_view one) {
            return is_profile(model, one);
        });
    std::string hint =
        is_list ? fmt::format(
                      "separate profiles by commas: {}",
                      base::join(std::vector<std::string>(words.begin(), words.end()), ","))
                : base::did_you_mean(word.name, names);
    if (hint.empty()) {
        hint = names.empty()
                   ? std::string("the description has no <profiles>")
                   : "the description has: " +
                         base::join(std::vector<std::string>(names.begin(), names.end()), ", ");
    }
    findings.error(code, fmt::format("there is no profile \"{}\"", word.name), word).hint =
        std::move(hint);
}

void check_profiles(const Model& model, Findings& findings) {
    CycleFinder cycles(model, findings);
    for (std::size_t i = 0; i < model.profiles.size(); ++i) {
        check_definition(model, i, findings);
        cycles.visit(model.profiles[i].name);
    }
    for (const PreferencesSection& section : model.preferences) {
        check_filter(model, section.filter, findings);
    }
    for (const UsersSection& section : model.users) {
        check_filter(model, section.filter, findings);
    }
    for (const RepositorySection& section : model.repositories) {
        check_filter(model, section.filter, findings);
    }
    for (const PackagesSection& section : model.packages) {
        check_filter(model, section.filter, findings);
    }
    for (const OtherSection& section : model.others) {
        check_filter(model, section.filter, findings);
    }
}

} // namespace imgbuild::description
