// SPDX-License-Identifier: Apache-2.0
#include "base/random_name.hpp"

#include "base/error.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <cstdint>

namespace imgbuild::base {

std::string random_name() {
    std::uint64_t value = 0;
    if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
        throw_errno("asking the kernel for random bytes");
    }
    return fmt::format("{:016x}", value);
}

} // namespace imgbuild::base
