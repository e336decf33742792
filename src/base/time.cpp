// SPDX-License-Identifier: Apache-2.0
#include "base/time.hpp"

#include <array>
#include <ctime>
#include <string_view>

namespace imgbuild::base {

std::int64_t now() {
    return static_cast<std::int64_t>(std::time(nullptr));
}

std::string format_utc(std::int64_t seconds) {
    const auto moment = static_cast<std::time_t>(seconds);
    std::tm fields = {};
    ::gmtime_r(&moment, &fields);
    std::array<char, 64> buffer;
    const std::size_t length =
        std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M:%S UTC", &fields);
    return {buffer.data(), length};
}

std::optional<std::int64_t> parse_rfc3339(const std::string& text) {
    std::tm fields = {};
    const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &fields);
    if (rest == nullptr) {
        return std::nullopt;
    }
    if (*rest == '.') {
        do {
            ++rest;
        } while (*rest >= '0' && *rest <= '9');
    }
    std::tm zone = {};
    const bool is_utc = std::string_view(rest) == "Z";
    const bool is_ahead = *rest == '+';
    if (!is_utc) {
        const char* const end =
            is_ahead || *rest == '-' ? ::strptime(rest + 1, "%H:%M", &zone) : nullptr;
        if (end == nullptr || *end != '\0') {
            return std::nullopt;
        }
    }
    const std::int64_t ahead = std::int64_t{3600} * zone.tm_hour + std::int64_t{60} * zone.tm_min;
    return static_cast<std::int64_t>(::timegm(&fields)) - (is_ahead ? ahead : -ahead);
}

} // namespace imgbuild::base
