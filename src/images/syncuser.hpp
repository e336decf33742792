// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Gives the users and groups of an image the numbers that they have on this machine (or in another list),
 * so that files on shared file systems belong to the same people everywhere. By Warewulf's rules: names in
 * both get the machine's number, and their files follow; passwd and group become the machine's lines and
 * the image's own; a name of the image alone whose number is another's on the machine is a conflict.
 */
#pragma once

#include "base/context.hpp"
#include "images/image_store.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::images {

/// The texts of the account files that an image is brought in step with.
struct Accounts {
    /// For messages: "this machine", a path.
    std::string name;
    std::string passwd;
    std::string group;
    std::string subuid;
    std::string subgid;
};

Accounts host_accounts();

/// @param path of a file like /etc/passwd, with files named group, subuid and subgid beside it where they
///        exist, or of the directory that holds all of them.
Accounts accounts_from(const std::string& path);

/// The texts of an image's account files; empty for a missing one.
struct ImageAccounts {
    std::string passwd;
    std::string group;
    std::string shadow;
    std::string gshadow;
    std::string subuid;
    std::string subgid;
};

/// A name whose number differs.
struct IdChange {
    std::string name;
    std::uint32_t host_id = 0;
    std::uint32_t image_id = 0;
};

using IdMap = std::map<std::uint32_t, std::uint32_t>;

struct SyncPlan {
    std::vector<IdChange> users;
    std::vector<IdChange> groups;
    IdMap uids;
    IdMap gids;
    /// What keeps the plan from being carried out, all of it.
    std::vector<std::string> conflicts;
    /// Lines that make no sense, and the like.
    std::vector<std::string> warnings;
    /// New contents of files of the image, by path; only those that change.
    std::map<std::string, std::string> files;

    /// True if every name has the same number on both sides.
    bool is_in_step() const noexcept { return users.empty() && groups.empty(); }
};

/// Pure. @param days since 1970, for shadow's field of the last change.
SyncPlan plan_syncuser(const ImageAccounts& image, const Accounts& accounts, std::int64_t days);

/// Of an image. @throws base::Error if one of its account files is no file, or a link.
SyncPlan plan_syncuser(const root::Root& root, const Accounts& accounts);

/// How many files a change is about, in the order of the plan.
struct FileCounts {
    std::vector<std::uint64_t> of_users;
    std::vector<std::uint64_t> of_groups;
    /// That will get another owner or group.
    std::uint64_t changed = 0;
};

FileCounts count_files(const tree::Inventory& inventory, const SyncPlan& plan);

/// The image's entries as far as a plan is about them: without digests; none if no number changes.
tree::Inventory
look_at_owners(const root::Root& root, const SyncPlan& plan, const base::Context& context);

/// Carries the plan out, all of it or nothing, also if this process is killed. The image's lock is held.
/// @throws base::UsageError for conflicts, or if the image is marked as not to be changed.
/// @param inventory of the image as it is, with or without digests (see `look_at_owners`).
/// @returns how many files got another owner.
std::uint64_t write_syncuser(
    const ImageStore& store,
    const std::string& name,
    const SyncPlan& plan,
    const tree::Inventory& inventory,
    const base::Context& context);

} // namespace imgbuild::images
