// SPDX-License-Identifier: Apache-2.0
#include "root/id_ranges.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace imgbuild::root {

namespace {

constexpr std::uint64_t id_limit = std::uint64_t{1} << 32U;

bool overlap(const IdRange& a, const IdRange& b) {
    return a.first < b.first + b.count && b.first < a.first + a.count;
}

} // namespace

std::vector<IdRange>
parse_id_ranges(std::string_view text, std::string_view user, std::uint64_t uid) {
    const std::string number = std::to_string(uid);
    std::vector<IdRange> ranges;
    for (const std::string_view line : base::split_lines(text)) {
        const std::vector<std::string_view> fields = base::split(line, ':');
        if (fields.size() != 3 || (fields[0] != user && fields[0] != number)) {
            continue;
        }
        const std::optional<std::uint64_t> first = base::parse_number(fields[1]);
        const std::optional<std::uint64_t> count = base::parse_number(base::trim(fields[2]));
        if (!first || !count || *count == 0 || *first >= id_limit || *count > id_limit - *first) {
            continue;
        }
        const IdRange range = {*first, *count};
        const bool doubled = std::any_of(ranges.begin(), ranges.end(), [&](const IdRange& known) {
            return overlap(known, range);
        });
        if (!doubled) {
            ranges.push_back(range);
        }
    }
    return ranges;
}

std::uint64_t total_ids(const std::vector<IdRange>& ranges) {
    std::uint64_t total = 0;
    for (const IdRange& range : ranges) {
        total += range.count;
    }
    return total;
}

std::vector<std::string> mapping_arguments(std::uint64_t own, const std::vector<IdRange>& ranges) {
    std::vector<std::string> arguments = {"0", std::to_string(own), "1"};
    std::uint64_t inside = 1;
    for (const IdRange& range : ranges) {
        arguments.push_back(std::to_string(inside));
        arguments.push_back(std::to_string(range.first));
        arguments.push_back(std::to_string(range.count));
        inside += range.count;
    }
    return arguments;
}

} // namespace imgbuild::root
