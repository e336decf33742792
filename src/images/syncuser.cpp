// SPDX-License-Identifier: Apache-2.0
#include "images/syncuser.hpp"

#include "base/error.hpp"
#include "images/history.hpp"
#include "images/ownership_journal.hpp"
#include "tree/scan.hpp"

#include <fmt/format.h>

namespace imgbuild::images {

tree::Inventory
look_at_owners(const root::Root& root, const SyncPlan& plan, const base::Context& context) {
    return plan.is_in_step() ? tree::Inventory()
                             : tree::scan(root.fd(), root.name(), {.with_digests = false}, context);
}

FileCounts count_files(const tree::Inventory& inventory, const SyncPlan& plan) {
    FileCounts counts;
    if (plan.is_in_step()) {
        return counts;
    }
    std::map<std::uint32_t, std::uint64_t> by_uid;
    std::map<std::uint32_t, std::uint64_t> by_gid;
    for (const tree::Entry& entry : inventory.entries()) {
        ++by_uid[entry.uid];
        ++by_gid[entry.gid];
    }
    for (const IdChange& change : plan.users) {
        counts.of_users.push_back(by_uid[change.image_id]);
    }
    for (const IdChange& change : plan.groups) {
        counts.of_groups.push_back(by_gid[change.image_id]);
    }
    counts.changed = ownership_changes(inventory, plan.uids, plan.gids).size();
    return counts;
}

std::uint64_t write_syncuser(
    const ImageStore& store,
    const std::string& name,
    const SyncPlan& plan,
    const tree::Inventory& inventory,
    const base::Context& context) {
    if (!plan.conflicts.empty()) {
        throw base::UsageError(fmt::format("users of the image {} can't be brought in step", name))
            .set_details(plan.conflicts)
            .set_hint(fmt::format(
                "give these names other numbers, in the image by: imgbuild image exec {} usermod "
                "-u NUMBER NAME",
                name));
    }
    OwnershipJournal journal;
    journal.files = plan.files;
    if (!plan.is_in_step()) {
        journal.changes = ownership_changes(inventory, plan.uids, plan.gids);
    }
    if (journal.changes.empty() && journal.files.empty()) {
        return 0;
    }
    require_writable(store, name);
    const std::string own = store.own_directory(name);
    change_ownership(store.open_root(name), own, journal, context);
    add_history(
        own,
        {.verb = "syncuser",
         .text = fmt::format(
             "{} users and {} groups renumbered", plan.users.size(), plan.groups.size()),
         .details = {{"files", std::to_string(journal.changes.size())}}});
    return journal.changes.size();
}

} // namespace imgbuild::images
