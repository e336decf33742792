// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace imgbuild::pack {

/// The name that ends an archive.
inline constexpr std::string_view newc_end_name = "TRAILER!!!";

/// The largest time that newc holds, in the year 2106.
inline constexpr std::int64_t newc_latest_time = 0xFFFF'FFFF;

/// Why a newc archive, or the kernel that unpacks it, can't hold the entry, such as "holds 5.1 GB; a
/// cpio archive holds files below 4 GiB"; empty if it can.
std::string reason_against(const tree::Entry& entry);

} // namespace imgbuild::pack
