// SPDX-License-Identifier: Apache-2.0
#include "oci/auth_challenge.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace imgbuild::oci {

namespace {

/// Walks over `Scheme name=value, name="quoted value", Scheme …`.
class Scanner {
public:
    explicit Scanner(std::string_view text)
        : rest_(text) {}

    bool at_end() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t,"), rest_.size()));
        return rest_.empty();
    }

    /// Up to a blank, a comma or an equals sign.
    std::string word() {
        const std::size_t end = std::min(rest_.find_first_of(" \t,="), rest_.size());
        std::string found(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return found;
    }

    bool take_equals() {
        const std::size_t place = rest_.find_first_not_of(" \t");
        if (place == std::string_view::npos || rest_[place] != '=') {
            return false;
        }
        rest_.remove_prefix(place + 1);
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
        return true;
    }

    std::string value() {
        if (!rest_.starts_with('"')) {
            const std::size_t end = std::min(rest_.find_first_of(" \t,"), rest_.size());
            std::string found(rest_.substr(0, end));
            rest_.remove_prefix(end);
            return found;
        }
        std::string found;
        std::size_t i = 1;
        for (; i < rest_.size() && rest_[i] != '"'; ++i) {
            if (rest_[i] == '\\' && i + 1 < rest_.size()) {
                ++i;
            }
            found += rest_[i];
        }
        rest_.remove_prefix(std::min(i + 1, rest_.size()));
        return found;
    }

private:
    std::string_view rest_;
};

} // namespace

std::string AuthChallenge::parameter(const std::string& name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? "" : found->second;
}

std::vector<AuthChallenge> parse_challenges(std::string_view value) {
    std::vector<AuthChallenge> challenges;
    Scanner scanner(value);
    while (!scanner.at_end()) {
        const std::string word = base::to_lower(scanner.word());
        if (!scanner.take_equals()) {
            challenges.push_back({word, {}});
        } else {
            const std::string parameter = scanner.value();
            if (!challenges.empty()) {
                challenges.back().parameters.emplace(word, parameter);
            }
        }
    }
    return challenges;
}

} // namespace imgbuild::oci
