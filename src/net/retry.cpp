// SPDX-License-Identifier: Apache-2.0
#include "net/retry.hpp"

#include <algorithm>

namespace imgbuild::net {

std::chrono::milliseconds retry_delay(
    std::chrono::milliseconds first,
    unsigned failed_tries,
    double random,
    std::optional<std::chrono::seconds> asked) {
    constexpr std::chrono::milliseconds longest{30'000};
    if (asked) {
        return std::clamp<std::chrono::milliseconds>(*asked, std::chrono::milliseconds(0), longest);
    }
    std::chrono::milliseconds delay = std::min(first, longest);
    for (unsigned i = 1; i < failed_tries && delay < longest; ++i) {
        delay *= 2;
    }
    const double spread = static_cast<double>(delay.count()) * (0.75 + random / 2);
    return std::min(longest, std::chrono::milliseconds(static_cast<std::int64_t>(spread)));
}

} // namespace imgbuild::net
