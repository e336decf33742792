// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::images {

/// The lines of a file like passwd(5) or group(5), each as it is. Lines that are no accounts (comments,
/// NIS's "+", broken ones) are kept but mean nothing. A name or number that occurs twice means its first
/// line, as for the C library.
class AccountLines {
public:
    enum Kind { passwd, group };

    struct Account {
        std::string name;
        std::uint32_t id = 0;
        /// Of a user: the main group.
        std::uint32_t group = 0;
        /// Of a group.
        std::vector<std::string> members;
        /// The line without its end.
        std::string line;
    };

    /// A line that could not be read as an account.
    struct Broken {
        std::size_t number = 0;
        std::string line;
    };

    AccountLines(std::string_view text, Kind kind);

    const std::vector<Account>& accounts() const noexcept { return accounts_; }

    const std::vector<Broken>& broken() const noexcept { return broken_; }

    /// Comments and NIS lines, as they are.
    const std::vector<std::string>& others() const noexcept { return others_; }

    const Account* find(std::string_view name) const;
    const Account* find_id(std::uint32_t id) const;
    const Account* find_name_or_id(std::string_view text) const;

private:
    std::vector<Account> accounts_;
    std::vector<Broken> broken_;
    std::vector<std::string> others_;
};

/// The line with another number in one of its fields, counted from 0.
std::string with_field(std::string_view line, std::size_t field, std::uint32_t number);

} // namespace imgbuild::images
