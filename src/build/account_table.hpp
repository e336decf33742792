// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::build {

/// The lines of a file like passwd(5): fields between colons, the first one a name. Lines that are
/// no records (NIS's "+", comments) stay as they are.
class AccountTable {
public:
    using Record = std::vector<std::string>;

    /// @param fields how many a record has; shorter ones are filled up.
    AccountTable(std::string_view text, std::size_t fields);

    /// The record of that name; nullptr if there is none.
    Record* find(std::string_view name);
    const Record* find(std::string_view name) const;

    Record& add(Record record);

    /// The name of the record whose field is this number; nothing if there is none.
    std::optional<std::string> name_of_id(std::size_t field, std::uint32_t id) const;

    /// As useradd chooses: one above the highest in [min, max], else the lowest free one there.
    /// Nothing if all are taken.
    std::optional<std::uint32_t>
    free_id(std::size_t field, std::uint32_t min, std::uint32_t max) const;

    const std::vector<Record>& records() const noexcept { return records_; }

    std::string text() const;

private:
    std::vector<Record> records_;
};

} // namespace imgbuild::build
