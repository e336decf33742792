// SPDX-License-Identifier: Apache-2.0
#include "build/accounts.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "build/account_table.hpp"
#include "crypto/password.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace imgbuild::build {

namespace {

constexpr std::size_t passwd_fields = 7;
constexpr std::size_t shadow_fields = 9;
constexpr std::size_t group_fields = 4;

base::Error error_at(const base::Position& position, std::string message) {
    base::Error error(std::move(message), base::ExitCode::usage);
    error.at(position);
    return error;
}

void check_field(const description::User& user, std::string_view what, std::string_view value) {
    if (value.find_first_of(":\n") != std::string_view::npos) {
        throw error_at(
            user.position,
            fmt::format("user {}: the {} may not contain a colon or a line end", user.name, what));
    }
}

/// A definition "name" or "name:gid" of the groups attribute.
struct GroupName {
    std::string name;
    std::optional<std::uint32_t> id;
};

GroupName parse_group(const description::User& user, const std::string& text) {
    const std::vector<std::string_view> parts = base::split(text, ':');
    GroupName group{std::string(parts[0]), std::nullopt};
    const auto id = parts.size() == 2 ? base::parse_number(parts[1]) : std::nullopt;
    const bool is_id = id && *id <= 0xfffffffeU;
    if (group.name.empty() || parts.size() > 2 || (parts.size() == 2 && !is_id)) {
        throw error_at(
            user.position,
            fmt::format("user {}: the group \"{}\" is not NAME or NAME:GID", user.name, text));
    }
    if (is_id) {
        group.id = static_cast<std::uint32_t>(*id);
    }
    return group;
}

void add_member(AccountTable& table, const std::string& group, const std::string& user) {
    AccountTable::Record* record = table.find(group);
    if (record == nullptr) {
        return;
    }
    std::string& members = record->at(3);
    const std::vector<std::string_view> names = base::split(members, ',');
    if (std::find(names.begin(), names.end(), user) == names.end()) {
        members += (members.empty() ? "" : ",") + user;
    }
}

class AccountEditor {
public:
    AccountEditor(
        const AccountFiles& files,
        const AccountDefaults& defaults,
        std::string_view salt_seed,
        std::int64_t days)
        : passwd_(files.passwd, passwd_fields)
        , shadow_(files.shadow, shadow_fields)
        , group_(files.group, group_fields)
        , gshadow_(files.gshadow, group_fields)
        , subuid_(files.subuid, 3)
        , subgid_(files.subgid, 3)
        , defaults_(defaults)
        , salt_seed_(salt_seed)
        , days_(days) {}

    Home apply(const description::User& user) {
        check_field(user, "name", user.name);
        check_field(user, "home directory", user.home);
        check_field(user, "shell", user.shell);
        check_field(user, "real name", user.real_name);
        AccountTable::Record* record = passwd_.find(user.name);
        const bool is_new = record == nullptr;
        std::vector<GroupName> groups;
        for (const std::string& text : user.groups) {
            groups.push_back(parse_group(user, text));
            add_group(user, groups.back());
        }
        if (is_new) {
            const std::uint32_t uid = choose_uid(user);
            if (groups.empty()) {
                // As USERGROUPS_ENAB: a group of the user's own, with the same number if it is free.
                const bool is_free = !group_.name_of_id(2, uid) && !group_.find(user.name);
                groups.push_back({user.name, is_free ? std::optional(uid) : std::nullopt});
                add_group(user, groups.back());
            }
            passwd_.add(
                {user.name,
                 "x",
                 std::to_string(uid),
                 "",
                 "",
                 "/home/" + user.name,
                 defaults_.shell});
            record = passwd_.find(user.name);
        } else if (user.id) {
            refuse_taken_uid(user);
            record->at(2) = std::to_string(*user.id);
        }
        if (!groups.empty()) {
            record->at(3) = group_.find(groups.front().name)->at(2);
        }
        for (std::size_t i = 1; i < groups.size(); ++i) {
            add_member(group_, groups[i].name, user.name);
            add_member(gshadow_, groups[i].name, user.name);
        }
        const auto set = [&](std::size_t field, const std::string& value) {
            if (!value.empty()) {
                record->at(field) = value;
            }
        };
        set(4, user.real_name);
        set(5, user.home);
        set(6, user.shell);
        set_password(user);
        // Without the package passwd an account may say "*" there, and its shadow would be ignored.
        record->at(1) = "x";
        const auto uid = static_cast<std::uint32_t>(base::parse_number(record->at(2)).value_or(0));
        const auto gid = static_cast<std::uint32_t>(base::parse_number(record->at(3)).value_or(0));
        if (is_new && uid >= defaults_.uid_min && uid <= defaults_.uid_max) {
            add_sub_ids(subuid_, user.name);
            add_sub_ids(subgid_, user.name);
        }
        // As usermod: what an account of a package calls its home need not exist.
        const bool has_home = is_new || !user.home.empty();
        return {has_home ? record->at(5) : std::string(), uid, gid, defaults_.home_mode};
    }

    AccountFiles files() const {
        return {
            passwd_.text(),
            shadow_.text(),
            group_.text(),
            gshadow_.text(),
            subuid_.text(),
            subgid_.text()};
    }

private:
    void add_group(const description::User& user, const GroupName& group) {
        if (const AccountTable::Record* existing = group_.find(group.name)) {
            if (group.id && base::parse_number(existing->at(2)) != *group.id) {
                throw error_at(
                    user.position,
                    fmt::format(
                        "user {}: the group {} exists with the id {}, not {}",
                        user.name,
                        group.name,
                        existing->at(2),
                        *group.id));
            }
            return;
        }
        const auto id =
            group.id ? group.id : group_.free_id(2, defaults_.gid_min, defaults_.gid_max);
        if (!id) {
            throw error_at(user.position, fmt::format("group {}: no group id is free", group.name));
        }
        if (const auto holder = group_.name_of_id(2, *id)) {
            throw error_at(
                user.position,
                fmt::format(
                    "group {}: the id {} belongs to the group {}", group.name, *id, *holder));
        }
        group_.add({group.name, "x", std::to_string(*id), ""});
        gshadow_.add({group.name, "!", "", ""});
    }

    void refuse_taken_uid(const description::User& user) const {
        const auto holder = passwd_.name_of_id(2, *user.id);
        if (holder && *holder != user.name) {
            throw error_at(
                user.position,
                fmt::format(
                    "user {}: the id {} belongs to the user {}", user.name, *user.id, *holder));
        }
    }

    std::uint32_t choose_uid(const description::User& user) const {
        if (user.id) {
            refuse_taken_uid(user);
            return *user.id;
        }
        const auto id = passwd_.free_id(2, defaults_.uid_min, defaults_.uid_max);
        if (!id) {
            throw error_at(user.position, fmt::format("user {}: no user id is free", user.name));
        }
        return *id;
    }

    void set_password(const description::User& user) {
        AccountTable::Record* record = shadow_.find(user.name);
        if (record == nullptr) {
            record = &shadow_.add(
                {user.name,
                 "!",
                 "",
                 defaults_.password_min_days,
                 defaults_.password_max_days,
                 defaults_.password_warn_days,
                 "",
                 "",
                 ""});
        }
        if (!user.password_is_plain) {
            check_field(user, "password", user.password);
        }
        record->at(1) = user.password_is_plain
                            ? crypto::hash_password(
                                  user.password,
                                  fmt::format("{}\n{}\n{}", salt_seed_, user.name, user.password))
                            : user.password;
        record->at(2) = std::to_string(days_);
    }

    void add_sub_ids(AccountTable& table, const std::string& user) const {
        if (table.find(user) != nullptr) {
            return;
        }
        std::uint64_t start = defaults_.sub_id_min;
        for (const AccountTable::Record& record : table.records()) {
            if (record.size() >= 3) {
                const auto first = base::parse_number(record[1]);
                const auto count = base::parse_number(record[2]);
                if (first && count) {
                    start = std::max(start, *first + *count);
                }
            }
        }
        if (start + defaults_.sub_id_count - 1 <= defaults_.sub_id_max) {
            table.add({user, std::to_string(start), std::to_string(defaults_.sub_id_count)});
        }
    }

    AccountTable passwd_;
    AccountTable shadow_;
    AccountTable group_;
    AccountTable gshadow_;
    AccountTable subuid_;
    AccountTable subgid_;
    const AccountDefaults& defaults_;
    std::string_view salt_seed_;
    std::int64_t days_;
};

/// The settings of login.defs (NAME VALUE) or default/useradd (NAME=VALUE).
std::map<std::string_view, std::string_view>
settings(std::string_view text, std::string_view separators) {
    std::map<std::string_view, std::string_view> values;
    for (const std::string_view raw : base::split_lines(text)) {
        const std::string_view line = base::trim(raw);
        const std::size_t end = line.find_first_of(separators);
        if (line.empty() || line.front() == '#' || end == std::string_view::npos) {
            continue;
        }
        values[line.substr(0, end)] = base::trim(line.substr(end + 1));
    }
    return values;
}

std::optional<std::uint32_t> parse_octal(std::string_view text) {
    std::uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value, 8);
    return text.empty() || error != std::errc() || stopped != end ? std::nullopt
                                                                  : std::optional(value);
}

} // namespace

AccountDefaults
parse_account_defaults(std::string_view login_defs, std::string_view default_useradd) {
    AccountDefaults defaults;
    const auto login = settings(login_defs, " \t");
    const auto number = [&](std::string_view name, auto& target) {
        const auto found = login.find(name);
        const auto value = found == login.end() ? std::nullopt : base::parse_number(found->second);
        if (value) {
            target = static_cast<std::remove_reference_t<decltype(target)>>(*value);
        }
    };
    const auto text = [&](std::string_view name, std::string& target) {
        if (const auto found = login.find(name); found != login.end()) {
            target = found->second;
        }
    };
    number("UID_MIN", defaults.uid_min);
    number("UID_MAX", defaults.uid_max);
    number("GID_MIN", defaults.gid_min);
    number("GID_MAX", defaults.gid_max);
    number("SUB_UID_MIN", defaults.sub_id_min);
    number("SUB_UID_MAX", defaults.sub_id_max);
    number("SUB_UID_COUNT", defaults.sub_id_count);
    text("PASS_MIN_DAYS", defaults.password_min_days);
    text("PASS_MAX_DAYS", defaults.password_max_days);
    text("PASS_WARN_AGE", defaults.password_warn_days);
    if (const auto mode = login.find("HOME_MODE"); mode != login.end()) {
        defaults.home_mode = parse_octal(mode->second).value_or(defaults.home_mode);
    } else if (const auto mask = login.find("UMASK"); mask != login.end()) {
        defaults.home_mode = 0777U & ~parse_octal(mask->second).value_or(022);
    }
    const auto useradd = settings(default_useradd, "=");
    if (const auto shell = useradd.find("SHELL");
        shell != useradd.end() && !shell->second.empty()) {
        defaults.shell = shell->second;
    }
    return defaults;
}

std::vector<Home> apply_users(
    AccountFiles& files,
    const std::vector<description::User>& users,
    const AccountDefaults& defaults,
    std::string_view salt_seed,
    std::int64_t days) {
    AccountEditor editor(files, defaults, salt_seed, days);
    std::vector<Home> homes;
    homes.reserve(users.size());
    for (const description::User& user : users) {
        homes.push_back(editor.apply(user));
    }
    files = editor.files();
    return homes;
}

} // namespace imgbuild::build
