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

/// Adds the range unless its words are no numbers, it is beyond what ids can be, or it overlaps one
/// before it.
void add_range(std::vector<IdRange>& ranges, std::string_view first_id, std::string_view number) {
    const std::optional<std::uint64_t> first = base::parse_number(first_id);
    const std::optional<std::uint64_t> count = base::parse_number(number);
    if (!first || !count || *count == 0 || *first >= id_limit || *count > id_limit - *first) {
        return;
    }
    const IdRange range = {*first, *count};
    const bool is_doubled = std::any_of(
        ranges.begin(), ranges.end(), [&](const IdRange& known) { return overlap(known, range); });
    if (!is_doubled) {
        ranges.push_back(range);
    }
}

} // namespace

std::vector<IdRange>
parse_id_ranges(std::string_view text, std::string_view user, std::uint64_t uid) {
    const std::string number = std::to_string(uid);
    std::vector<IdRange> ranges;
    for (const std::string_view line : base::split_lines(text)) {
        const std::vector<std::string_view> fields = base::split(line, ':');
        if (fields.size() == 3 && (fields[0] == user || fields[0] == number)) {
            add_range(ranges, fields[1], base::trim(fields[2]));
        }
    }
    return ranges;
}

std::vector<IdRange> parse_getsubids(std::string_view output) {
    std::vector<IdRange> ranges;
    for (const std::string_view line : base::split_lines(output)) {
        const std::vector<std::string_view> words = base::split_words(line);
        if (words.size() == 4 && words[0].ends_with(':')) {
            add_range(ranges, words[2], words[3]);
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
