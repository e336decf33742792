// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/findings.hpp"
#include "description/model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::description {

/// The profiles that count, in the order of the description: the wished ones, or without wishes those
/// with import="true", and all that they require on this architecture. Reports wishes that
/// can't be met.
/// @param architecture in kiwi's words.
std::vector<std::string> select_profiles(
    const Model& model,
    std::string_view architecture,
    const std::vector<std::string>& wished,
    Findings& findings);

/// Reports what is wrong with the profiles whatever is chosen: defined twice, required or named by a
/// section but not defined, requiring each other.
void check_profiles(const Model& model, Findings& findings);

/// Whether the description defines it, for whatever architecture.
bool is_profile(const Model& model, std::string_view name);

/// Reports a word that should be a profile's name.
void report_unknown_profile(
    const Model& model, const std::string& code, const NamedItem& word, Findings& findings);

/// Says if sections count for one choice of profiles and architecture.
class Chooser {
public:
    Chooser(std::vector<std::string> profiles, std::string architecture)
        : profiles_(std::move(profiles))
        , architecture_(std::move(architecture)) {}

    const std::vector<std::string>& profiles() const noexcept { return profiles_; }

    const std::string& architecture() const noexcept { return architecture_; }

    bool counts(const Filter& filter) const;
    bool counts(std::string_view architectures) const;

private:
    std::vector<std::string> profiles_;
    std::string architecture_;
};

} // namespace imgbuild::description
