// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"

#include <functional>
#include <string>

namespace imgbuild::test {

/// What `action` says when it fails; "" if it doesn't.
inline std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const base::Error& error) {
        return error.what();
    }
    return "";
}

inline std::string hint_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const base::Error& error) {
        return error.hint();
    }
    return "";
}

} // namespace imgbuild::test
