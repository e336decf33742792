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
        text_ = archive + ": " + base::printable(entry);
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
    std::string text_;
};

} // namespace imgbuild::root
