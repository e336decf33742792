// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>

namespace imgbuild::base {

/// Runs `action`. @returns what it threw, to be moved to another thread. No handler of this thread holds
/// the exception any more, as one would that called std::current_exception itself: it ends with whoever
/// got it, and no two threads have anything to do with it at the same time.
template <typename Action>
std::exception_ptr failure_of(const Action& action) noexcept {
    try {
        action();
    } catch (...) {
        return std::current_exception();
    }
    return nullptr;
}

} // namespace imgbuild::base
