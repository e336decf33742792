// SPDX-License-Identifier: Apache-2.0
#include "pack/packer.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/progress.hpp"
#include "base/thread_pool.hpp"
#include "base/time.hpp"
#include "pack/archive_writer.hpp"
#include "pack/chunk_maker.hpp"
#include "pack/format_limits.hpp"
#include "pack/layout_planner.hpp"
#include "pack/selection.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstddef>
#include <utility>

namespace imgbuild::pack {

const int pack_version = 2;

namespace {

/// What is packed, and how it is laid out.
struct Planned {
    Selection selection;
    /// Refers to the selection's entries.
    Layout layout;

    Planned(
        const ContentSource& content, const tree::Inventory& inventory, const PackOptions& options)
        : selection(select_entries(inventory, options.excludes, options.restored_xattrs))
        , layout(plan_layout(selection.inventory, read_package_lists(content, inventory))) {}

    Planned(const Planned&) = delete;
    Planned& operator=(const Planned&) = delete;
};

void check_epoch(const PackOptions& options) {
    if (options.epoch < 0 || options.epoch > newc_latest_time) {
        throw base::Error(
            fmt::format(
                "the image's time {} can't be kept in a cpio archive; it holds 1970 to 2106",
                base::format_utc(options.epoch)),
            base::ExitCode::pack);
    }
}

} // namespace

PackResult pack(
    const root::Root& root,
    const tree::Inventory& inventory,
    const PackOptions& options,
    const store::Store& chunks,
    int output,
    const std::string& output_name,
    const base::Context& context) {
    check_epoch(options);
    const RootContent content(root);
    Planned planned(content, inventory, options);
    const StoreChunks cache(chunks);
    const WrittenArchive written = write_archive(
        {planned.layout,
         content,
         cache,
         options.compression,
         options.epoch,
         output,
         output_name,
         &chunks.seen_contents()},
        context);
    PackResult result;
    result.entries = planned.layout.entries.size();
    result.archive_size = written.archive_size;
    result.memory_size = memory_size(planned.selection.inventory);
    result.size = written.size;
    result.digest = written.digest;
    result.chunks = planned.layout.chunks.size();
    result.cached_chunks = written.cached_chunks;
    result.warnings = std::move(planned.selection.warnings);
    return result;
}

ChunksAhead pack_ahead(
    const root::Root& root,
    const tree::Inventory& inventory,
    const PackOptions& options,
    const store::Store& chunks,
    const base::Context& context) {
    check_epoch(options);
    const RootContent content(root);
    const Planned planned(content, inventory, options);
    const std::vector<Chunk>& wanted = planned.layout.chunks;
    const StoreChunks cache(chunks);
    const ContentCheck check(planned.layout, content, &chunks.seen_contents(), context.stop);
    const ChunkInputs inputs = {
        planned.layout, content, cache, check, options.compression, options.epoch, context.stop};
    base::Activity activity(
        context.reporter,
        {base::ActivityKind::work,
         "compressing ahead",
         "bytes",
         planned.layout.size(),
         context.parent_activity});
    std::atomic<std::size_t> next = 0;
    std::atomic<std::uint64_t> made = 0;
    std::atomic<std::uint64_t> made_size = 0;
    base::TaskGroup makers(context.pool, context.stop);
    const std::size_t count = ChunkMaker::count_for(planned.layout, context.pool);
    for (std::size_t i = 0; i < count; ++i) {
        makers.run([&] {
            ChunkMaker maker(inputs);
            for (std::size_t number = next++; number < wanted.size() && !makers.failed();
                 number = next++) {
                base::throw_if_stopped(context.stop);
                if (maker.keep(number)) {
                    ++made;
                    made_size += wanted[number].size;
                }
                activity.advance(wanted[number].size);
            }
        });
    }
    makers.wait();
    if (made == 0 && !wanted.empty()) {
        activity.mark_cached();
    }
    return {wanted.size(), made, made_size};
}

} // namespace imgbuild::pack
