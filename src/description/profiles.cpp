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

std::vector<std::string_view> profile_names(const Model& model) {
    std::vector<std::string_view> names;
    for (const ProfileSection& profile : model.profiles) {
        names.emplace_back(profile.name);
    }
    return names;
}

bool is_defined(const Model& model, std::string_view name) {
    return std::any_of(
        model.profiles.begin(), model.profiles.end(), [&](const ProfileSection& profile) {
            return profile.name == name;
        });
}

void report_unknown(
    const Model& model, const std::string& code, const NamedItem& word, Findings& findings) {
    const auto names = profile_names(model);
    std::string hint = base::did_you_mean(word.name, names);
    if (hint.empty()) {
        hint = names.empty()
                   ? std::string("the description has no <profiles>")
                   : "the description has: " +
                         base::join(std::vector<std::string>(names.begin(), names.end()), ", ");
    }
    findings.error(code, fmt::format("there is no profile \"{}\"", word.name), word).hint =
        std::move(hint);
}

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
                is_defined(model_, required.item.name)) {
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
            report_unknown(model_, "E203", word, findings_);
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
        if (!is_defined(model, required.item.name)) {
            report_unknown(model, "E202", required.item, findings);
        }
    }
}

void check_filter(const Model& model, const Filter& filter, Findings& findings) {
    for (const NamedItem& profile : filter.profiles) {
        if (!is_defined(model, profile.name)) {
            report_unknown(model, "E201", profile, findings);
        }
    }
}

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
