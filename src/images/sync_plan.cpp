// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "images/account_lines.hpp"
#include "images/syncuser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace imgbuild::images {

namespace {

/// What users and groups have in common.
struct Side {
    const AccountLines& host;
    const AccountLines& image;
    const char* kind;
};

void find_changes(
    const Side& side,
    const std::string& host_name,
    std::vector<IdChange>& changes,
    IdMap& map,
    std::vector<std::string>& conflicts) {
    std::set<std::string> seen;
    for (const AccountLines::Account& account : side.image.accounts()) {
        if (!seen.insert(account.name).second) {
            continue;
        }
        const AccountLines::Account* const own = side.host.find(account.name);
        const AccountLines::Account* const other = side.host.find_id(account.id);
        if (own == nullptr && other != nullptr) {
            conflicts.push_back(fmt::format(
                "the {0} {1} is in the image only and has the number {2}, which is {0} {3} of {4}",
                side.kind,
                account.name,
                account.id,
                other->name,
                host_name));
        }
        const bool moves = own != nullptr && own->id != account.id;
        if (moves) {
            changes.push_back({account.name, own->id, account.id});
        }
        const std::uint32_t wanted = own == nullptr ? account.id : own->id;
        const auto [known, is_new] = map.try_emplace(account.id, wanted);
        if (!is_new && known->second != wanted) {
            conflicts.push_back(fmt::format(
                "the {0} {1} shares the number {2} with another {0} of the image, but should not: "
                "whose files are whose can't be told",
                side.kind,
                account.name,
                account.id));
        }
    }
    // Numbers that stay need no entry.
    for (auto entry = map.begin(); entry != map.end();) {
        entry = entry->first == entry->second ? map.erase(entry) : std::next(entry);
    }
}

void warn_of_broken(
    const AccountLines& lines, const std::string& file, std::vector<std::string>& warnings) {
    // A file that is something else has thousands, and long ones.
    constexpr std::size_t most = 20;
    constexpr std::size_t longest = 200;
    for (std::size_t i = 0; i < std::min(lines.broken().size(), most); ++i) {
        const AccountLines::Broken& broken = lines.broken()[i];
        warnings.push_back(fmt::format(
            "{}:{}: makes no sense: {}",
            file,
            broken.number,
            base::printable(std::string_view(broken.line).substr(0, longest))));
    }
    if (lines.broken().size() > most) {
        warnings.push_back(
            fmt::format("{}: {} more lines make no sense", file, lines.broken().size() - most));
    }
}

std::uint32_t mapped(const IdMap& map, std::uint32_t id) {
    const auto found = map.find(id);
    return found == map.end() ? id : found->second;
}

/// The machine's lines, then those of the image alone, then what is no account.
/// @param gids for the main groups of users.
std::string merged(const Side& side, const IdMap* gids) {
    std::string text;
    for (const AccountLines::Account& account : side.host.accounts()) {
        text += account.line + "\n";
    }
    for (const AccountLines::Account& account : side.image.accounts()) {
        if (side.host.find(account.name) == nullptr) {
            constexpr std::size_t group_field = 3;
            const bool moves = gids != nullptr && gids->count(account.group) != 0;
            text += (moves ? with_field(account.line, group_field, mapped(*gids, account.group))
                           : account.line) +
                    "\n";
        }
    }
    for (const AccountLines::Broken& broken : side.image.broken()) {
        text += broken.line + "\n";
    }
    for (const std::string& line : side.image.others()) {
        text += line + "\n";
    }
    return text;
}

std::set<std::string> first_fields(std::string_view text) {
    std::set<std::string> names;
    for (const std::string_view line : base::split_lines(text)) {
        names.emplace(line.substr(0, line.find(':')));
    }
    return names;
}

/// shadow or gshadow with lines for the names it lacks: locked, since an image that anybody on the network
/// can load is no place for the machine's passwords.
std::string with_locked(
    std::string text,
    const AccountLines& host,
    const std::function<std::string(const AccountLines::Account&)>& line) {
    std::set<std::string> names = first_fields(text);
    if (!text.empty() && text.back() != '\n') {
        text += '\n';
    }
    for (const AccountLines::Account& account : host.accounts()) {
        if (names.insert(account.name).second) {
            text += line(account);
        }
    }
    return text;
}

/// subuid or subgid: the machine's lines, and the image's own; owners given by number follow theirs.
std::string merged_ranges(std::string_view image, std::string_view host, const IdMap& ids) {
    std::string text;
    std::set<std::string> names;
    for (const std::string_view line : base::split_lines(host)) {
        if (!base::trim(line).empty() && line.front() != '#') {
            names.emplace(line.substr(0, line.find(':')));
            text += std::string(line) + "\n";
        }
    }
    for (const std::string_view line : base::split_lines(image)) {
        const std::string_view owner = line.substr(0, line.find(':'));
        if (names.count(std::string(owner)) != 0) {
            continue;
        }
        const auto number = base::parse_number(owner);
        const bool moves =
            number && *number <= UINT32_MAX && ids.count(static_cast<std::uint32_t>(*number)) != 0;
        text += (moves ? with_field(line, 0, ids.at(static_cast<std::uint32_t>(*number)))
                       : std::string(line)) +
                "\n";
    }
    return text;
}

std::string read_optional(const std::string& path) {
    return base::exists(path) ? base::read_file(path) : std::string();
}

/// Something else than a file could lead the new content elsewhere, or was put there to.
std::string read_account_file(const root::Root& root, const std::string& path) {
    const std::optional<struct stat> status = root.status(path);
    if (!status) {
        return {};
    }
    if (!S_ISREG(status->st_mode)) {
        throw base::Error(
            fmt::format("/{} in {} is not a file", path, root.name()), base::ExitCode::usage)
            .set_hint("syncuser changes files only, so that nothing outside of the image changes");
    }
    return root.read(path);
}

} // namespace

Accounts host_accounts() {
    Accounts accounts = accounts_from("/etc");
    accounts.name = "this machine";
    return accounts;
}

Accounts accounts_from(const std::string& path) {
    const bool is_directory = base::is_directory(path);
    const std::size_t slash = path.rfind('/');
    const std::string directory = is_directory                 ? path
                                  : slash == std::string::npos ? "."
                                                               : path.substr(0, slash + 1);
    const std::string passwd = is_directory ? base::join_path(path, "passwd") : path;
    if (!base::exists(passwd)) {
        throw base::UsageError(fmt::format("there is no file {}", passwd));
    }
    return {
        path,
        base::read_file(passwd),
        read_optional(base::join_path(directory, "group")),
        read_optional(base::join_path(directory, "subuid")),
        read_optional(base::join_path(directory, "subgid"))};
}

SyncPlan plan_syncuser(const ImageAccounts& image, const Accounts& accounts, std::int64_t days) {
    const AccountLines host_users(accounts.passwd, AccountLines::passwd);
    const AccountLines host_groups(accounts.group, AccountLines::group);
    const AccountLines users(image.passwd, AccountLines::passwd);
    const AccountLines groups(image.group, AccountLines::group);
    const Side user_side = {host_users, users, "user"};
    const Side group_side = {host_groups, groups, "group"};
    SyncPlan plan;
    find_changes(user_side, accounts.name, plan.users, plan.uids, plan.conflicts);
    find_changes(group_side, accounts.name, plan.groups, plan.gids, plan.conflicts);
    warn_of_broken(host_users, accounts.name + ": passwd", plan.warnings);
    warn_of_broken(host_groups, accounts.name + ": group", plan.warnings);
    warn_of_broken(users, "/etc/passwd of the image", plan.warnings);
    warn_of_broken(groups, "/etc/group of the image", plan.warnings);

    const auto put = [&](const char* path, const std::string& before, std::string after) {
        if (before != after) {
            plan.files[path] = std::move(after);
        }
    };
    put("etc/passwd", image.passwd, merged(user_side, &plan.gids));
    if (!accounts.group.empty()) {
        put("etc/group", image.group, merged(group_side, nullptr));
    }
    if (!image.shadow.empty()) {
        put("etc/shadow",
            image.shadow,
            with_locked(image.shadow, host_users, [&](const AccountLines::Account& user) {
                return fmt::format("{}:!*:{}::::::\n", user.name, days);
            }));
    }
    if (!image.gshadow.empty()) {
        put("etc/gshadow",
            image.gshadow,
            with_locked(image.gshadow, host_groups, [](const AccountLines::Account& group) {
                return fmt::format("{}:!*::{}\n", group.name, base::join(group.members, ","));
            }));
    }
    put("etc/subuid", image.subuid, merged_ranges(image.subuid, accounts.subuid, plan.uids));
    put("etc/subgid", image.subgid, merged_ranges(image.subgid, accounts.subgid, plan.uids));
    return plan;
}

SyncPlan plan_syncuser(const root::Root& root, const Accounts& accounts) {
    const auto read = [&](const char* path) { return read_account_file(root, path); };
    constexpr std::int64_t day = 86400;
    return plan_syncuser(
        {read("etc/passwd"),
         read("etc/group"),
         read("etc/shadow"),
         read("etc/gshadow"),
         read("etc/subuid"),
         read("etc/subgid")},
        accounts,
        base::now() / day);
}

} // namespace imgbuild::images
