// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace imgbuild::base {

/// Deleter for a C handle: `std::unique_ptr<xmlDoc, Deleter<xmlFreeDoc>>`.
template <auto Free>
struct Deleter {
    template <typename Handle>
    void operator()(Handle* handle) const noexcept {
        Free(handle);
    }
};

} // namespace imgbuild::base
