// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "base/text.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace imgbuild::root {

/// What messages call the entry in hand: "ARCHIVE: ENTRY".
class EntryLabel {
public:
    void set(const std::string& archive, std::string_view entry) {
        text_ = archive + ": " + shortened(base::printable(entry));
    }

    const std::string& text() const { return text_; }

    /// Throws "ARCHIVE: ENTRY: why".
    [[noreturn]] void refuse(const std::string& why, std::string hint = {}) const {
        throw base::Error(text_ + ": " + why).set_hint(std::move(hint));
    }

    /// The same with the current errno as the cause.
    [[noreturn]] void fail(const std::string& what) const {
        base::throw_errno(text_ + ": " + what);
    }

    /// Runs `action`; its errors get the label in front.
    template <typename Action>
    decltype(auto) on(const Action& action) const {
        return base::with_context([this] { return text_; }, action);
    }

private:
    /// The middle of a very long name tells nobody anything.
    static std::string shortened(std::string name) {
        constexpr std::size_t most = 400;
        constexpr std::size_t kept = 100;
        const auto inside_character = [&](std::size_t at) {
            return (static_cast<unsigned char>(name[at]) & 0xc0U) == 0x80U;
        };
        if (name.size() <= most) {
            return name;
        }
        std::size_t first = kept;
        std::size_t last = name.size() - kept;
        while (inside_character(first)) {
            --first;
        }
        while (last < name.size() && inside_character(last)) {
            ++last;
        }
        return name.replace(first, last - first, "…");
    }

    std::string text_;
};

} // namespace imgbuild::root
