// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace imgbuild::base {

/// Seconds since 1970-01-01 00:00 UTC, now.
std::int64_t now();

/// "2026-03-01 17:05:00 UTC"
std::string format_utc(std::int64_t seconds);

} // namespace imgbuild::base
