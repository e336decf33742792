// SPDX-License-Identifier: Apache-2.0
#include "pack/archive_writer.hpp"

#include "base/file.hpp"
#include "base/progress.hpp"
#include "base/thread_pool.hpp"
#include "compress/crc32.hpp"
#include "compress/gzip_member.hpp"
#include "pack/chunk_maker.hpp"
#include "pack/chunk_window.hpp"
#include "pack/content_check.hpp"
#include "pack/newc.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace imgbuild::pack {

namespace {

// 256 MiB for everything: a maker has room for the archive's bytes and the result of one chunk and
// the encoder's tables, 7 MiB; results that wait for their turn share the budget; the rest is for the
// inventory and the layout.
constexpr std::uint64_t memory_budget = std::uint64_t{80} << 20U;

/// The file that is being written: its digest, size and checksum grow with it.
class Output {
public:
    explicit Output(const ArchiveJob& job)
        : job_(job)
        , is_compressed_(job.compression != Compression::none) {
        if (is_compressed_) {
            write(compress::gzip_header());
        }
    }

    void add(const MadeChunk& chunk) {
        write(chunk.bytes);
        if (is_compressed_) {
            crc_ = compress::join_crc32(crc_, chunk.crc, chunk.archive_size);
        }
        written_.archive_size += chunk.archive_size;
        written_.cached_chunks += chunk.cached ? 1 : 0;
    }

    WrittenArchive finish() {
        if (is_compressed_) {
            write(compress::gzip_end(crc_, written_.archive_size));
        }
        written_.digest = hash_.finish();
        return written_;
    }

private:
    void write(std::string_view text) {
        base::write_all(job_.output, text, job_.output_name);
        hash_.update(text);
        written_.size += text.size();
    }

    const ArchiveJob& job_;
    const bool is_compressed_;
    crypto::Sha256 hash_;
    std::uint32_t crc_ = 0;
    WrittenArchive written_;
};

/// Makes the makers return, however the writer leaves.
class StopAtExit {
public:
    explicit StopAtExit(ChunkWindow& window)
        : window_(window) {}

    StopAtExit(const StopAtExit&) = delete;
    StopAtExit& operator=(const StopAtExit&) = delete;

    ~StopAtExit() { window_.stop(); }

private:
    ChunkWindow& window_;
};

void make_chunks(const ChunkInputs& inputs, ChunkWindow& window) {
    try {
        ChunkMaker maker(inputs);
        while (const std::optional<std::size_t> number = window.take()) {
            window.put(*number, maker.make(*number));
        }
    } catch (...) {
        window.stop();
        throw;
    }
}

std::vector<std::uint64_t> costs_of(const std::vector<Chunk>& chunks) {
    std::vector<std::uint64_t> costs;
    costs.reserve(chunks.size());
    for (const Chunk& chunk : chunks) {
        costs.push_back(ChunkMaker::memory_for(chunk.size));
    }
    return costs;
}

} // namespace

WrittenArchive write_archive(const ArchiveJob& job, const base::Context& context) {
    const std::vector<Chunk>& chunks = job.layout.chunks;
    base::Activity activity(
        context.reporter,
        {base::ActivityKind::work,
         "packing the image",
         "bytes",
         job.layout.size(),
         context.parent_activity});
    const ContentCheck check(job.layout, job.content, job.seen, context.stop);
    const ChunkInputs inputs = {
        job.layout, job.content, job.cache, check, job.compression, job.latest_time, context.stop};
    ChunkWindow window(costs_of(chunks), memory_budget);
    base::TaskGroup makers(context.pool, context.stop);
    const StopAtExit stop_at_exit(window);
    const std::size_t count = ChunkMaker::count_for(job.layout, context.pool);
    for (std::size_t i = 0; i < count; ++i) {
        makers.run([&] { make_chunks(inputs, window); });
    }
    ChunkMaker own_maker(inputs);
    Output output(job);
    for (std::size_t number = 0; number < chunks.size(); ++number) {
        if (window.take_now(number)) {
            output.add(own_maker.make(number));
        } else if (const std::optional<MadeChunk> chunk = window.wait_for(number)) {
            output.add(*chunk);
        } else {
            break;
        }
        window.written(number);
        activity.advance(chunks[number].size);
    }
    // A maker's failure, which may have stopped the loop, is thrown here.
    makers.wait();
    output.add(own_maker.encode(newc_end(job.layout.size())));
    const WrittenArchive written = output.finish();
    if (written.cached_chunks == chunks.size() && !chunks.empty()) {
        activity.mark_cached();
    }
    return written;
}

} // namespace imgbuild::pack
