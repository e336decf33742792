// SPDX-License-Identifier: Apache-2.0
#include "images/account_lines.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace imgbuild::images {

namespace {

/// The highest number means "none" to the kernel.
std::optional<std::uint32_t> id_of(std::string_view text) {
    const auto number = base::parse_number(text);
    return number && *number < UINT32_MAX ? std::optional(static_cast<std::uint32_t>(*number))
                                          : std::nullopt;
}

} // namespace

AccountLines::AccountLines(std::string_view text, Kind kind) {
    const std::vector<std::string_view> lines = base::split_lines(text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string_view line = lines[i];
        if (base::trim(line).empty()) {
            continue;
        }
        if (line.front() == '#' || line.front() == '+' || line.front() == '-') {
            others_.emplace_back(line);
            continue;
        }
        const std::vector<std::string_view> fields = base::split(line, ':');
        const auto id = fields.size() > 2 ? id_of(fields[2]) : std::nullopt;
        const auto main_group =
            kind == passwd && fields.size() > 3 ? id_of(fields[3]) : std::nullopt;
        const bool is_whole =
            id && !fields[0].empty() &&
            (kind == passwd ? fields.size() >= 7 && main_group : fields.size() >= 4);
        if (!is_whole) {
            broken_.push_back({i + 1, std::string(line)});
            continue;
        }
        Account account;
        account.name = fields[0];
        account.id = *id;
        account.group = main_group.value_or(0);
        account.line = line;
        if (kind == group) {
            for (const std::string_view member : base::split(fields[3], ',')) {
                if (!member.empty()) {
                    account.members.emplace_back(member);
                }
            }
        }
        accounts_.push_back(std::move(account));
    }
}

const AccountLines::Account* AccountLines::find(std::string_view name) const {
    const auto found = std::find_if(
        accounts_.begin(), accounts_.end(), [&](const Account& one) { return one.name == name; });
    return found == accounts_.end() ? nullptr : &*found;
}

const AccountLines::Account* AccountLines::find_id(std::uint32_t id) const {
    const auto found = std::find_if(
        accounts_.begin(), accounts_.end(), [&](const Account& one) { return one.id == id; });
    return found == accounts_.end() ? nullptr : &*found;
}

const AccountLines::Account* AccountLines::find_name_or_id(std::string_view text) const {
    if (const Account* const named = find(text)) {
        return named;
    }
    const auto id = id_of(text);
    return id ? find_id(*id) : nullptr;
}

std::string with_field(std::string_view line, std::size_t field, std::uint32_t number) {
    std::vector<std::string> fields;
    for (const std::string_view one : base::split(line, ':')) {
        fields.emplace_back(one);
    }
    if (field < fields.size()) {
        fields[field] = std::to_string(number);
    }
    return base::join(fields, ":");
}

} // namespace imgbuild::images
