// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::build {

/// Everything that can change a stage's result, by name. The digest of its canonical text is the
/// stage's key; on a miss the text itself says which input differs. Mirror URLs, the caller's
/// environment, host paths and the time never enter.
class KeyInputs {
public:
    void add(std::string name, std::string value);
    void add(std::string name, std::int64_t value);
    void add(std::string name, const crypto::Digest& digest);

    /// One line an input: name, tab, value with line ends and backslashes escaped.
    std::string text() const;

    store::Key key() const;

    /// The names of inputs whose values differ between two texts, for people: "config.sh changed",
    /// "package ssh was added". At most `limit`, then a line that says how many more.
    static std::vector<std::string>
    differences(std::string_view before, std::string_view now, std::size_t limit = 5);

private:
    std::vector<std::pair<std::string, std::string>> inputs_;
};

} // namespace imgbuild::build
