// SPDX-License-Identifier: Apache-2.0
#include "pack/chunk_warmer.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "pack/chunk_maker.hpp"
#include "pack/layout_planner.hpp"
#include "tree/scan.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace imgbuild::pack {

namespace {

using tree::Entry;
using tree::EntryType;
using tree::Inventory;

Inventory scan(const root::Root& root, const base::Context& context) {
    // Its thread is as idle as ours; those of the context's pool are not.
    base::ThreadPool pool(1);
    base::SilentReporter reporter;
    return tree::scan(
        root.fd(),
        root.name(),
        {.with_digests = false, .may_change = true},
        {reporter, pool, context.stop});
}

Inventory with_final_times(const Inventory& inventory, std::int64_t epoch) {
    std::vector<Entry> entries = inventory.entries();
    for (Entry& entry : entries) {
        entry.mtime = std::min(entry.mtime, tree::Time{epoch, 0});
    }
    return Inventory(std::move(entries));
}

bool is_unchanged(const Entry& entry, const Entry* before) {
    return before != nullptr && before->digest && before->size == entry.size &&
           before->mtime == entry.mtime;
}

/// The inventory as it will be in the end, with the digests of those files that are `wanted`; without
/// those that can't be read now.
/// @param last where a file that looks the same has its digest from: when a chunk is made of it, that is
///        compared with its content.
template <typename Wanted>
Inventory with_digests(
    const Inventory& inventory,
    const Inventory& last,
    const Wanted& wanted,
    const ContentSource& content,
    tree::SeenContents& seen,
    const base::Context& context) {
    std::vector<Entry> entries;
    entries.reserve(inventory.entries().size());
    for (std::size_t i = 0; i < inventory.entries().size(); ++i) {
        Entry entry = inventory.entries()[i];
        if (entry.type == EntryType::regular && !entry.digest && wanted(i)) {
            const Entry* const before = last.find(entry.path);
            if (is_unchanged(entry, before)) {
                entry.digest = before->digest;
            } else {
                try {
                    entry.digest = content_digest(content, entry, seen, context.stop);
                } catch (const base::Error&) {
                    continue;
                }
            }
        }
        entries.push_back(std::move(entry));
    }
    return Inventory(std::move(entries));
}

/// Files change meanwhile: what can't be made is passed over.
void keep_all(const ChunkInputs& inputs, base::Activity& activity) {
    const std::vector<Chunk>& chunks = inputs.layout.chunks;
    ChunkMaker maker(inputs);
    for (std::size_t number = 0; number < chunks.size(); ++number) {
        base::throw_if_stopped(inputs.stop);
        try {
            maker.keep(number);
        } catch (const base::Error&) {
            continue;
        }
        activity.advance(chunks[number].size);
    }
}

} // namespace

ChunkWarmer::ChunkWarmer(
    const root::Root& root, Compression compression, std::int64_t epoch, const store::Store& chunks)
    : root_(root)
    , compression_(compression)
    , epoch_(epoch)
    , chunks_(chunks) {}

void ChunkWarmer::make_chunks(
    WarmPackages packages, base::Activity& activity, const base::Context& context) {
    const RootContent content(root_);
    tree::SeenContents& seen = chunks_.seen_contents();
    const Inventory found = with_final_times(scan(root_, context), epoch_);
    const Inventory with_lists = with_digests(
        found,
        {},
        [&](std::size_t i) { return is_package_list(found.entries()[i]); },
        content,
        seen,
        context);
    const std::vector<PackageList> lists = read_package_lists(content, with_lists);
    const PackageOwners owners(with_lists, lists);
    Inventory inventory = with_digests(
        with_lists,
        last_,
        [&](std::size_t i) { return owners.owner_of(i).has_value(); },
        content,
        seen,
        context);
    const Layout layout = packages == WarmPackages::all ? plan_packages(inventory, lists)
                                                        : plan_large_packages(inventory, lists);
    activity.set_total(layout.size());
    const StoreChunks cache(chunks_);
    const ContentCheck check(layout, content, &chunks_.seen_contents(), context.stop);
    keep_all({layout, content, cache, check, compression_, epoch_, context.stop}, activity);
    last_ = std::move(inventory);
}

void ChunkWarmer::warm(WarmPackages packages, const base::Context& context) {
    if (compression_ == Compression::none) {
        return;
    }
    base::Activity activity(
        context.reporter,
        {.title = "compressing ahead", .unit = "bytes", .parent = context.parent_activity});
    try {
        make_chunks(packages, activity, context);
    } catch (const base::Error&) {
        activity.mark_failed();
    } catch (const base::Interrupted&) {
        // Time is up. That is how it usually ends, and no failure.
        return;
    }
}

} // namespace imgbuild::pack
