// SPDX-License-Identifier: Apache-2.0
#include "base/time.hpp"

#include <array>
#include <ctime>

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

} // namespace imgbuild::base
