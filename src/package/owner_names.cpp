// SPDX-License-Identifier: Apache-2.0
#include "package/owner_names.hpp"

#include "base/text.hpp"

namespace imgbuild::package {

std::uint32_t OwnerNames::user(const std::string& name, std::uint32_t number) {
    return find(users_, "etc/passwd", name, number);
}

std::uint32_t OwnerNames::group(const std::string& name, std::uint32_t number) {
    return find(groups_, "etc/group", name, number);
}

void OwnerNames::forget() {
    users_.reset();
    groups_.reset();
}

std::uint32_t OwnerNames::find(
    std::optional<Numbers>& numbers,
    std::string_view file,
    const std::string& name,
    std::uint32_t number) const {
    if (name.empty()) {
        return number;
    }
    if (!numbers) {
        numbers.emplace();
        const std::string text = root_.try_read(file).value_or(std::string());
        for (const std::string_view line : base::split_lines(text)) {
            const std::vector<std::string_view> fields = base::split(line, ':');
            const auto found = fields.size() > 2 ? base::parse_number(fields[2]) : std::nullopt;
            if (found && *found <= UINT32_MAX) {
                numbers->emplace(fields[0], static_cast<std::uint32_t>(*found));
            }
        }
    }
    const auto known = numbers->find(name);
    return known == numbers->end() ? number : known->second;
}

} // namespace imgbuild::package
