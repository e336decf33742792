// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * tar as container layers use it: ustar, pax, GNU and v7, read strictly, in one pass and without copies.
 * Where dialects and programs differ, it reads an archive as Go's archive/tar does, since that is what
 * every other program that unpacks container layers is built on.
 */
#pragma once

#include "archive/reader.hpp"
#include "archive/sparse_map.hpp"
#include "archive/tar_header.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace imgbuild::archive {

/// Bytes in pieces.
class ByteStream {
public:
    ByteStream() = default;
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;
    virtual ~ByteStream() = default;

    /// The next piece, empty at the end; valid until the next call.
    virtual std::span<const std::byte> next_piece() = 0;
};

/// Is told every byte of an archive, in order.
class TarObserver {
public:
    TarObserver() = default;
    TarObserver(const TarObserver&) = delete;
    TarObserver& operator=(const TarObserver&) = delete;
    virtual ~TarObserver() = default;

    /// Headers, padding, end blocks and what follows them; of sparse files also what is stored of them.
    virtual void on_framing(std::span<const std::byte> bytes) = 0;
    /// All headers of an entry were read; its content comes next.
    /// @param stored how many bytes of content will come; 0 for sparse files.
    virtual void on_entry(const std::string& name, std::uint64_t stored) = 0;
    virtual void on_content(std::span<const std::byte> bytes) = 0;
};

/// Not thread-safe.
///
/// - The archive may end without its end blocks, but only where a header would begin. What follows the
///   end blocks is not looked at.
/// - A size of a link, directory, device or fifo is ignored.
/// - Global pax headers are read and ignored; types that are neither POSIX's nor GNU's long names and
///   sparse files are an error.
class TarReader {
public:
    /// @param stream, observer outlive the reader. @param name how messages call the archive.
    TarReader(ByteStream& stream, std::string name, TarObserver* observer = nullptr);

    const std::string& name() const noexcept { return name_; }

    /// The next entry; nothing at the archive's end. What was not read of the entry before is passed over.
    /// @throws base::Error if the archive is damaged or cut short, naming it and the last good entry;
    ///         whatever the stream throws.
    std::optional<ArchiveEntry> next();

    /// Reads the current entry's data: `write(bytes, offset)` for each piece; holes are left out.
    void
    read_data(const std::function<void(std::span<const std::byte>, std::uint64_t offset)>& write);

    /// Reads what follows the archive's end, to the end of the stream.
    void drain();

private:
    struct Meta;

    bool refill();
    std::span<const std::byte> take(std::size_t size);
    bool take_header_block(std::span<const std::byte>& block);
    std::string take_meta(const TarHeader& header);
    void skip_padding();
    void
    pass_data(std::uint64_t count, const std::function<void(std::span<const std::byte>)>& write);
    std::optional<ArchiveEntry> read_entry();
    bool take_extension(const TarHeader& header, Meta& meta);
    ArchiveEntry finish_entry(TarHeader header, const Meta& meta);
    SparseMap read_old_sparse_map(std::span<const std::byte> block, std::uint64_t& size);
    SparseMap read_sparse_map_in_data();
    void note_framing(std::span<const std::byte> bytes);
    [[noreturn]] void fail(const std::string& cause) const;

    ByteStream& stream_;
    std::string name_;
    TarObserver* observer_;
    std::span<const std::byte> piece_;
    std::vector<std::byte> joined_;
    std::string last_entry_;
    /// Of the current entry: bytes that were not read yet, and the padding behind them.
    std::uint64_t left_ = 0;
    std::size_t padding_ = 0;
    bool is_sparse_ = false;
    SparseMap map_;
    bool at_end_ = false;
};

} // namespace imgbuild::archive
