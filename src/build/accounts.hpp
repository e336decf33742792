// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Users and groups of an image: the texts of passwd(5), shadow(5), group(5), gshadow(5), subuid(5) and
 * subgid(5), changed as useradd(8) and usermod(8) would, without running them. Pure.
 */
#pragma once

#include "description/request.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::build {

/// The texts of the account files; empty stands for a missing file.
struct AccountFiles {
    std::string passwd;
    std::string shadow;
    std::string group;
    std::string gshadow;
    std::string subuid;
    std::string subgid;
};

/// What login.defs(5) and /etc/default/useradd say.
struct AccountDefaults {
    std::uint32_t uid_min = 1000;
    std::uint32_t uid_max = 60000;
    std::uint32_t gid_min = 1000;
    std::uint32_t gid_max = 60000;
    std::uint64_t sub_id_min = 100000;
    std::uint64_t sub_id_max = 600100000;
    std::uint64_t sub_id_count = 65536;
    std::string password_min_days = "0";
    std::string password_max_days = "99999";
    std::string password_warn_days = "7";
    std::uint32_t home_mode = 0755;
    std::string shell = "/bin/sh";
};

AccountDefaults
parse_account_defaults(std::string_view login_defs, std::string_view default_useradd);

/// A home directory that must exist.
struct Home {
    /// Empty: none need be made.
    std::string path;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    /// Made for a new user: filled from /etc/skel if it does not exist yet.
    std::uint32_t mode = 0755;
};

/// Adds or changes the users and adds their groups.
/// @param salt_seed makes the salts of plain passwords differ between descriptions.
/// @param days since 1970-01-01, for shadow's field of the last change.
/// @throws base::Error at the user's position for names, ids or passwords that can't be.
std::vector<Home> apply_users(
    AccountFiles& files,
    const std::vector<description::User>& users,
    const AccountDefaults& defaults,
    std::string_view salt_seed,
    std::int64_t days);

} // namespace imgbuild::build
