// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace imgbuild::base {

/// Seconds since 1970-01-01 00:00 UTC, now.
std::int64_t now();

/// "2026-03-01 17:05:00 UTC"
std::string format_utc(std::int64_t seconds);

/// "2026-03-01T17:05:00.123Z", "2026-03-01T18:05:00+01:00" as seconds since 1970; nothing for other texts.
std::optional<std::int64_t> parse_rfc3339(const std::string& text);

} // namespace imgbuild::base
