// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

namespace imgbuild::net {

/// How long to wait before another try. Pure.
/// @param first the configured first waiting time; it doubles with each further failure.
/// @param failed_tries how many tries have failed so far, from 1.
/// @param random in [0, 1): spreads clients that failed together over 75–125 % of the time.
/// @param asked what the server asked for by Retry-After; wins over the rest.
/// @returns at most 30 seconds.
std::chrono::milliseconds retry_delay(
    std::chrono::milliseconds first,
    unsigned failed_tries,
    double random,
    std::optional<std::chrono::seconds> asked);

} // namespace imgbuild::net
