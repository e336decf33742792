// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_name.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace imgbuild::base {

namespace {

/// The candidates that begin with `name`; none if they are more than `limit`.
std::vector<std::string> abbreviated_by(
    std::string_view name, const std::vector<std::string_view>& candidates, std::size_t limit) {
    constexpr std::size_t shortest = 3;
    std::set<std::string> names;
    for (const std::string_view candidate : candidates) {
        if (name.size() >= shortest && candidate.starts_with(name)) {
            names.emplace(candidate);
        }
    }
    return names.size() > limit ? std::vector<std::string>()
                                : std::vector<std::string>(names.begin(), names.end());
}

} // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> previous(b.size() + 1);
    std::vector<std::size_t> current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        previous[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                current[j] = std::min(current[j], before[j - 2] + 1);
            }
        }
        std::swap(before, previous);
        std::swap(previous, current);
    }
    return previous[b.size()];
}

std::vector<std::string> nearest_names(
    std::string_view name, const std::vector<std::string_view>& candidates, std::size_t limit) {
    const std::size_t farthest = std::max<std::size_t>(1, name.size() / 3);
    std::vector<std::pair<std::size_t, std::string_view>> near;
    for (const std::string_view candidate : candidates) {
        const std::size_t shorter = std::min(name.size(), candidate.size());
        const std::size_t longer = std::max(name.size(), candidate.size());
        // The lengths alone bound the distance from below; most candidates end here.
        if (longer - shorter > farthest) {
            continue;
        }
        const std::size_t distance = edit_distance(name, candidate);
        if (distance <= farthest) {
            near.emplace_back(distance, candidate);
        }
    }
    if (near.empty()) {
        return abbreviated_by(name, candidates, limit);
    }
    std::sort(near.begin(), near.end());
    near.erase(std::unique(near.begin(), near.end()), near.end());
    near.resize(std::min(near.size(), limit));
    std::vector<std::string> names;
    names.reserve(near.size());
    for (const auto& [distance, candidate] : near) {
        names.emplace_back(candidate);
    }
    return names;
}

std::string did_you_mean(
    std::string_view name, const std::vector<std::string_view>& candidates, std::size_t limit) {
    const std::vector<std::string> names = nearest_names(name, candidates, limit);
    if (names.empty()) {
        return {};
    }
    std::string text = "did you mean ";
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) {
            text += i + 1 == names.size() ? " or " : ", ";
        }
        text += names[i];
    }
    return text + "?";
}

} // namespace imgbuild::base
