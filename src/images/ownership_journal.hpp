// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Changes the owners of many files of an image, and some files' contents, as one: a journal in the image's
 * own directory says what has to be done before anything is done. Killed, the next verb completes it;
 * failed, it is undone. The journal is removed last; file systems keep that order, also when the power
 * fails.
 */
#pragma once

#include "base/context.hpp"
#include "images/syncuser.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::images {

/// What changing an owner takes, and what it would lose.
struct OwnershipChange {
    std::string path;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t new_uid = 0;
    std::uint32_t new_gid = 0;
    std::uint32_t mode = 0;
    bool is_link = false;

    /// Extended attributes that are lost with the owner, or that name users: name, value, new value.
    struct Attribute {
        std::string name;
        std::string value;
        std::string new_value;

        bool operator==(const Attribute&) const = default;
    };

    std::vector<Attribute> attributes;

    bool operator==(const OwnershipChange&) const = default;
};

/// One change a file; of several names of a file the first.
std::vector<OwnershipChange>
ownership_changes(const tree::Inventory& inventory, const IdMap& uids, const IdMap& gids);

/// The value of a system.posix_acl_… attribute with other numbers in it; what can't be read stays.
std::string mapped_acl(std::string_view value, const IdMap& uids, const IdMap& gids);

/// All of a change.
struct OwnershipJournal {
    std::vector<OwnershipChange> changes;
    /// New contents of account files by path.
    std::map<std::string, std::string> files;

    bool operator==(const OwnershipJournal&) const = default;
};

/// @throws base::Error after undoing what was done.
void change_ownership(
    const root::Root& root,
    const std::string& own_directory,
    const OwnershipJournal& journal,
    const base::Context& context);

/// Completes a change that was interrupted; files that are gone or have other owners now are left alone.
/// @returns false if there is none.
bool complete_ownership_change(
    const root::Root& root, const std::string& own_directory, const base::Context& context);

/// The journal's text and back. @throws base::Error if it can't be read.
std::string journal_text(const OwnershipJournal& journal);
OwnershipJournal parse_journal(std::string_view text, const std::string& name);

} // namespace imgbuild::images
