// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace imgbuild::helpers {

/// Thrown for a call that is not fully understood, before anything was changed: the image's own
/// program does it then.
struct LeaveToOriginal {};

inline void require(bool is_understood) {
    if (!is_understood) {
        throw LeaveToOriginal{};
    }
}

} // namespace imgbuild::helpers
