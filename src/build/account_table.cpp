// SPDX-License-Identifier: Apache-2.0
#include "build/account_table.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace imgbuild::build {

AccountTable::AccountTable(std::string_view text, std::size_t fields) {
    for (const std::string_view line : base::split_lines(text)) {
        Record record;
        for (const std::string_view field : base::split(line, ':')) {
            record.emplace_back(field);
        }
        if (record.size() > 1) {
            record.resize(std::max(record.size(), fields));
        }
        records_.push_back(std::move(record));
    }
}

AccountTable::Record* AccountTable::find(std::string_view name) {
    return const_cast<Record*>(std::as_const(*this).find(name));
}

const AccountTable::Record* AccountTable::find(std::string_view name) const {
    const auto found = std::find_if(records_.begin(), records_.end(), [&](const Record& record) {
        return record.size() > 1 && record.front() == name;
    });
    return found == records_.end() ? nullptr : &*found;
}

AccountTable::Record& AccountTable::add(Record record) {
    return records_.emplace_back(std::move(record));
}

std::optional<std::string> AccountTable::name_of_id(std::size_t field, std::uint32_t id) const {
    for (const Record& record : records_) {
        if (record.size() > field && base::parse_number(record[field]) == id) {
            return record.front();
        }
    }
    return std::nullopt;
}

std::optional<std::uint32_t>
AccountTable::free_id(std::size_t field, std::uint32_t min, std::uint32_t max) const {
    std::set<std::uint64_t> taken;
    for (const Record& record : records_) {
        const auto id = record.size() > field ? base::parse_number(record[field]) : std::nullopt;
        if (id && *id >= min && *id <= max) {
            taken.insert(*id);
        }
    }
    if (taken.empty()) {
        return min;
    }
    if (*taken.rbegin() < max) {
        return static_cast<std::uint32_t>(*taken.rbegin() + 1);
    }
    for (std::uint32_t id = min; id < max; ++id) {
        if (taken.count(id) == 0) {
            return id;
        }
    }
    return std::nullopt;
}

std::string AccountTable::text() const {
    std::string text;
    for (const Record& record : records_) {
        text += base::join(record, ":");
        text += '\n';
    }
    return text;
}

} // namespace imgbuild::build
