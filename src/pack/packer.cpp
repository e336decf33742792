// SPDX-License-Identifier: Apache-2.0
#include "pack/packer.hpp"

#include "base/error.hpp"
#include "base/time.hpp"
#include "pack/archive_writer.hpp"
#include "pack/format_limits.hpp"
#include "pack/layout_planner.hpp"
#include "pack/selection.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgbuild::pack {

const int pack_version = 2;

PackResult pack(
    const root::Root& root,
    const tree::Inventory& inventory,
    const PackOptions& options,
    const store::Store& chunks,
    int output,
    const std::string& output_name,
    const base::Context& context) {
    if (options.epoch < 0 || options.epoch > newc_latest_time) {
        throw base::Error(
            fmt::format(
                "the image's time {} can't be kept in a cpio archive; it holds 1970 to 2106",
                base::format_utc(options.epoch)),
            base::ExitCode::pack);
    }
    Selection selection = select_entries(inventory, options.excludes, options.restored_xattrs);
    const RootContent content(root);
    const Layout layout = plan_layout(selection.inventory, read_package_lists(content, inventory));
    const StoreChunks cache(chunks);
    const WrittenArchive written = write_archive(
        {layout, content, cache, options.compression, options.epoch, output, output_name}, context);
    PackResult result;
    result.entries = layout.entries.size();
    result.archive_size = written.archive_size;
    result.memory_size = memory_size(selection.inventory);
    result.size = written.size;
    result.digest = written.digest;
    result.chunks = layout.chunks.size();
    result.cached_chunks = written.cached_chunks;
    result.warnings = std::move(selection.warnings);
    return result;
}

} // namespace imgbuild::pack
