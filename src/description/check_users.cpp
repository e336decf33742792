// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "description/checks.hpp"

#include <fmt/format.h>

#include <limits>
#include <map>
#include <string_view>

namespace imgbuild::description {

namespace {

/// Names that every tool that reads /etc/passwd takes.
bool is_account_name(std::string_view name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    constexpr std::string_view others = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                        "0123456789.-";
    constexpr std::size_t longest = 32;
    if (name.empty() || name.size() > longest || letters.find(name.front()) == name.npos) {
        return false;
    }
    if (name.back() == '$') {
        name.remove_suffix(1);
    }
    return name.find_first_not_of(others) == name.npos;
}

/// "name" or "name:gid".
bool is_group(std::string_view text) {
    const auto parts = base::split(text, ':');
    if (parts.size() == 1) {
        return true;
    }
    const auto id = base::parse_number(parts[1]);
    return parts.size() == 2 && !parts[0].empty() && id &&
           *id < std::numeric_limits<std::uint32_t>::max();
}

void check_groups(const User& user, Findings& findings) {
    for (std::size_t i = 0; i < user.groups.size(); ++i) {
        if (!is_group(user.groups[i])) {
            findings
                .error(
                    "E237",
                    fmt::format("\"{}\" is no group of user \"{}\"", user.groups[i], user.name),
                    {user.groups[i], user.group_positions[i]})
                .hint = "write NAME, or NAME:NUMBER with a number up to 4294967294";
        }
    }
}

/// Whether it stands in /etc/shadow for a password, or for none that fits.
bool may_be_encrypted(std::string_view text) {
    constexpr std::string_view crypt_characters =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    constexpr std::size_t des_length = 13;
    constexpr std::size_t extended_des_length = 20;
    if (text.front() == '*' || text.front() == '!') {
        return true;
    }
    if (text.front() == '$') {
        return base::split(text, '$').size() >= 4;
    }
    const std::string_view digits = text.substr(text.front() == '_' ? 1 : 0);
    return text.size() == (text.front() == '_' ? extended_des_length : des_length) &&
           digits.find_first_not_of(crypt_characters) == digits.npos;
}

/// What is said never shows the password.
void check_password(const User& user, Findings& findings) {
    const NamedItem word{"", user.password_position};
    if (user.password.empty()) {
        findings
            .warning(
                "N211", fmt::format("user \"{}\" needs no password to log in", user.name), word)
            .hint = "write password=\"*\" if nobody is to log in with a password";
    } else if (user.password_is_plain) {
        return;
    } else if (user.password.find_first_of(":\n\r") != std::string::npos) {
        findings
            .error(
                "E236",
                fmt::format("the password of user \"{}\" is not an encrypted one", user.name),
                word)
            .hint = "make one with \"mkpasswd\", or add pwdformat=\"plain\"";
    } else if (!may_be_encrypted(user.password)) {
        findings
            .warning(
                "N210",
                fmt::format(
                    "the password of user \"{}\" is taken as encrypted, but does not look like it: "
                    "nobody could log in with it",
                    user.name),
                word)
            .hint =
            "add pwdformat=\"plain\" if it is the password itself, or make an encrypted one "
            "with \"mkpasswd\"";
    }
}

void check_account(const User& user, Findings& findings) {
    const NamedItem word{user.name, user.position};
    if (!is_account_name(user.name)) {
        findings
            .error(
                "E232",
                fmt::format("\"{}\" can't be the name of a user", base::printable(user.name)),
                word)
            .hint = "letters, digits, \"_\", \"-\" and \".\", at most 32, no digit at the start";
    }
    if (user.id == std::numeric_limits<std::uint32_t>::max()) {
        findings.error("E233", fmt::format("the id of user \"{}\" is too large", user.name), word)
            .hint = "the largest is 4294967294";
    }
    const std::pair<std::string_view, std::string_view> fields[] = {
        {"home", user.home}, {"shell", user.shell}, {"realname", user.real_name}};
    for (const auto& [field, value] : fields) {
        if (value.find_first_of(":\n\r") != value.npos) {
            findings.error(
                "E234",
                fmt::format("the {} of user \"{}\" holds a \":\" or a line end", field, user.name),
                word);
        }
    }
    if (!user.home.empty() && user.home.front() != '/') {
        findings.error(
            "E235",
            fmt::format("the home \"{}\" of user \"{}\" is no absolute path", user.home, user.name),
            word);
    }
    check_groups(user, findings);
    check_password(user, findings);
}

} // namespace

void check_users(const Request& request, Findings& findings) {
    std::map<std::string_view, const User*> names;
    std::map<std::uint32_t, const User*> ids;
    for (const User& user : request.users) {
        check_account(user, findings);
        const auto [known, is_new] = names.emplace(user.name, &user);
        if (!is_new) {
            base::Diagnostic& finding = findings.error(
                "E230",
                fmt::format("user \"{}\" is defined twice", user.name),
                {user.name, user.position});
            finding.related = known->second->position;
            finding.related_message = "first defined here";
            continue;
        }
        if (!user.id) {
            continue;
        }
        const auto [owner, is_free] = ids.emplace(*user.id, &user);
        if (!is_free) {
            base::Diagnostic& finding = findings.error(
                "E231",
                fmt::format(
                    "users \"{}\" and \"{}\" have the same id {}",
                    owner->second->name,
                    user.name,
                    *user.id),
                {user.name, user.position});
            finding.related = owner->second->position;
            finding.related_message = fmt::format("\"{}\" has it here", owner->second->name);
        }
    }
}

} // namespace imgbuild::description
