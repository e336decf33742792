// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::root {

/// Consecutive ids of the host.
struct IdRange {
    std::uint64_t first = 0;
    std::uint64_t count = 0;

    bool operator==(const IdRange&) const = default;
};

/// The ranges that a file like /etc/subuid gives to a user, by name or number, in the order of the
/// file. Lines that make no sense are passed over, as newuidmap does; so are ranges that overlap one
/// before them, which the kernel would refuse.
std::vector<IdRange>
parse_id_ranges(std::string_view text, std::string_view user, std::uint64_t uid);

/// The ranges that the program getsubids prints: "0: NAME 100000 65536".
std::vector<IdRange> parse_getsubids(std::string_view output);

std::uint64_t total_ids(const std::vector<IdRange>& ranges);

/// What newuidmap and newgidmap want to be told after the process id: 0 is `own`, 1 and up are the
/// ranges, one behind the other.
std::vector<std::string> mapping_arguments(std::uint64_t own, const std::vector<IdRange>& ranges);

} // namespace imgbuild::root
