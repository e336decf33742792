// SPDX-License-Identifier: Apache-2.0
#include "archive/tar_reader.hpp"

#include "archive/pax.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace imgbuild::archive {

namespace {

/// The largest header that is kept in memory: long names, pax records, maps of sparse files.
constexpr std::uint64_t most_meta = std::uint64_t{1} << 20U;

std::size_t padding_of(std::uint64_t size) {
    return static_cast<std::size_t>((tar_block - size % tar_block) % tar_block);
}

bool has_no_data(char type) {
    return type >= '1' && type <= '6';
}

tree::EntryType type_of(char type) {
    switch (type) {
    case '\0':
    case '0':
    case '1':
    case '7':
    case 'S':
        return tree::EntryType::regular;
    case '2':
        return tree::EntryType::symlink;
    case '3':
        return tree::EntryType::char_device;
    case '4':
        return tree::EntryType::block_device;
    case '5':
        return tree::EntryType::directory;
    case '6':
        return tree::EntryType::fifo;
    default:
        throw TarDefect{fmt::format(
            "an entry has the type \"{}\", which no layer may have", base::printable({&type, 1}))};
    }
}

std::uint32_t id_of(std::int64_t value, const char* what) {
    // The largest one means "leave it" to chown.
    if (value < 0 || value >= std::int64_t{UINT32_MAX}) {
        throw TarDefect{fmt::format("an entry's {} id {} is out of range", what, value)};
    }
    return static_cast<std::uint32_t>(value);
}

std::uint32_t device_number(std::int64_t value, std::int64_t most) {
    if (value < 0 || value > most) {
        throw TarDefect{fmt::format("an entry's device number {} is out of range", value)};
    }
    return static_cast<std::uint32_t>(value);
}

} // namespace

/// What the headers before an entry's own one say of it.
struct TarReader::Meta {
    PaxRecords pax;
    std::optional<std::string> long_name;
    std::optional<std::string> long_link;
    bool is_empty = true;
    /// The entry's own header, which old GNU sparse files need whole.
    std::array<std::byte, tar_block> block = {};
};

TarReader::TarReader(ByteStream& stream, std::string name, TarObserver* observer)
    : stream_(stream)
    , name_(std::move(name))
    , observer_(observer) {}

void TarReader::fail(const std::string& cause) const {
    const std::string place = last_entry_.empty()
                                  ? std::string("at its start")
                                  : "at or after its entry " + base::printable(last_entry_);
    throw base::Error(fmt::format("{}: the tar archive is damaged {}: {}", name_, place, cause));
}

void TarReader::note_framing(std::span<const std::byte> bytes) {
    if (observer_ != nullptr && !bytes.empty()) {
        observer_->on_framing(bytes);
    }
}

/// @returns false at the end of the stream.
bool TarReader::refill() {
    if (piece_.empty()) {
        piece_ = stream_.next_piece();
    }
    return !piece_.empty();
}

/// The next `size` bytes in one piece; fewer only at the end of the stream.
std::span<const std::byte> TarReader::take(std::size_t size) {
    if (refill() && piece_.size() >= size) {
        const std::span<const std::byte> result = piece_.first(size);
        piece_ = piece_.subspan(size);
        return result;
    }
    joined_.clear();
    while (joined_.size() < size && refill()) {
        const std::size_t count = std::min(size - joined_.size(), piece_.size());
        joined_.insert(
            joined_.end(), piece_.begin(), piece_.begin() + static_cast<std::ptrdiff_t>(count));
        piece_ = piece_.subspan(count);
    }
    return joined_;
}

/// @returns false at the end of the archive.
bool TarReader::take_header_block(std::span<const std::byte>& block) {
    block = take(tar_block);
    note_framing(block);
    if (block.empty()) {
        return false;
    }
    if (block.size() < tar_block) {
        throw TarDefect{"it ends in the middle of a header"};
    }
    if (!is_zero_block(block)) {
        return true;
    }
    block = take(tar_block);
    note_framing(block);
    if (!block.empty() && (block.size() < tar_block || !is_zero_block(block))) {
        throw TarDefect{"an empty block stands where a header should be"};
    }
    return false;
}

/// The content of a header that belongs to the entry behind it.
std::string TarReader::take_meta(const TarHeader& header) {
    const auto size = static_cast<std::uint64_t>(header.size);
    if (header.size < 0 || size > most_meta) {
        throw TarDefect{fmt::format(
            "a header for long names or pax records has {} bytes, more than {}",
            header.size,
            most_meta)};
    }
    const std::size_t padded = static_cast<std::size_t>(size) + padding_of(size);
    const std::span<const std::byte> bytes = take(padded);
    note_framing(bytes);
    if (bytes.size() < padded) {
        throw TarDefect{"it ends in the middle of a header"};
    }
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size)};
}

/// @returns false if the header is that of an entry.
bool TarReader::take_extension(const TarHeader& header, Meta& meta) {
    const auto until_nul = [](std::string text) {
        text.resize(std::min(text.find('\0'), text.size()));
        return text;
    };
    switch (header.type) {
    case 'x':
        meta.pax = parse_pax_records(take_meta(header));
        break;
    case 'g':
        (void)parse_pax_records(take_meta(header));
        return true;
    case 'L':
        meta.long_name = until_nul(take_meta(header));
        break;
    case 'K':
        meta.long_link = until_nul(take_meta(header));
        break;
    default:
        return false;
    }
    meta.is_empty = false;
    return true;
}

std::optional<ArchiveEntry> TarReader::next() {
    if (at_end_) {
        return std::nullopt;
    }
    try {
        pass_data(std::exchange(left_, 0), {});
        skip_padding();
        std::optional<ArchiveEntry> entry = read_entry();
        at_end_ = !entry;
        return entry;
    } catch (const TarDefect& defect) {
        fail(defect.why);
    }
}

std::optional<ArchiveEntry> TarReader::read_entry() {
    Meta meta;
    for (;;) {
        std::span<const std::byte> block;
        if (!take_header_block(block)) {
            if (!meta.is_empty) {
                throw TarDefect{"it ends between the headers of an entry"};
            }
            return std::nullopt;
        }
        TarHeader header = parse_tar_header(block);
        std::copy(block.begin(), block.end(), meta.block.begin());
        if (!take_extension(header, meta)) {
            return finish_entry(std::move(header), meta);
        }
    }
}

ArchiveEntry TarReader::finish_entry(TarHeader header, const Meta& meta) {
    const PaxRecords& pax = meta.pax;
    ArchiveEntry result;
    tree::Entry& entry = result.entry;
    entry.path = meta.long_name.value_or(pax.path.value_or(header.name));
    last_entry_ = entry.path;
    if (header.type == '\0' && entry.path.ends_with('/')) {
        header.type = '5';
    }
    entry.type = type_of(header.type);
    entry.mode = header.mode;
    entry.uid = id_of(pax.uid.value_or(header.uid), "user");
    entry.gid = id_of(pax.gid.value_or(header.gid), "group");
    entry.mtime = pax.mtime.value_or(tree::Time{header.mtime, 0});
    entry.xattrs = pax.xattrs;
    const std::string link = meta.long_link.value_or(pax.link.value_or(header.link));
    if (header.type == '1') {
        result.hardlink_target = link;
    } else if (header.type == '2') {
        entry.link_target = link;
    } else if (header.type == '3' || header.type == '4') {
        entry.major = device_number(header.major, 0xFFF);
        entry.minor = device_number(header.minor, 0xFFFFF);
    }
    const std::int64_t size = pax.size.value_or(header.size);
    if (size < 0) {
        throw TarDefect{"an entry's size is negative"};
    }
    left_ = has_no_data(header.type) ? 0 : static_cast<std::uint64_t>(size);
    padding_ = padding_of(left_);
    entry.size = left_;
    const PaxRecords::Sparse& sparse = pax.sparse;
    const bool has_map_in_data = sparse.major == "1" && sparse.minor == "0";
    const bool is_pax_sparse =
        has_map_in_data || (sparse.map && (sparse.major.empty() || sparse.major == "0"));
    is_sparse_ = entry.type == tree::EntryType::regular && !result.hardlink_target &&
                 (header.type == 'S' || is_pax_sparse);
    if (observer_ != nullptr) {
        observer_->on_entry(entry.path, is_sparse_ ? 0 : left_);
    }
    if (!is_sparse_) {
        return result;
    }
    if (header.type == 'S') {
        map_ = read_old_sparse_map(meta.block, entry.size);
    } else {
        entry.path = sparse.name.value_or(entry.path);
        if (sparse.size.value_or(size) < 0) {
            throw TarDefect{"an entry's size is negative"};
        }
        entry.size = static_cast<std::uint64_t>(sparse.size.value_or(size));
        map_ =
            has_map_in_data ? read_sparse_map_in_data() : parse_sparse_map(sparse.map.value_or(""));
    }
    check_sparse_map(map_, entry.size, left_);
    return result;
}

/// Four pieces in the header, and 21 in each block that follows it as long as a flag says so.
SparseMap TarReader::read_old_sparse_map(std::span<const std::byte> block, std::uint64_t& size) {
    const std::int64_t real_size = parse_tar_number(block.subspan(483, 12));
    if (real_size < 0) {
        throw TarDefect{"an entry's size is negative"};
    }
    size = static_cast<std::uint64_t>(real_size);
    SparseMap map;
    std::span<const std::byte> pieces = block.subspan(386, 96);
    bool is_continued = block[482] != std::byte{0};
    for (;;) {
        for (; !pieces.empty() && pieces.front() != std::byte{0}; pieces = pieces.subspan(24)) {
            const std::int64_t offset = parse_tar_number(pieces.first(12));
            const std::int64_t length = parse_tar_number(pieces.subspan(12, 12));
            if (offset < 0 || length < 0) {
                throw TarDefect{"the map of a sparse file has a negative number"};
            }
            map.push_back({static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(length)});
        }
        if (!is_continued) {
            return map;
        }
        if (map.size() > most_meta) {
            throw TarDefect{"the map of a sparse file is too long"};
        }
        const std::span<const std::byte> more = take(tar_block);
        note_framing(more);
        if (more.size() < tar_block) {
            throw TarDefect{"it ends in the middle of a header"};
        }
        pieces = more.first(504);
        is_continued = more[504] != std::byte{0};
    }
}

/// Decimal numbers, one a line, the first of them how many pieces follow; padded to whole blocks.
SparseMap TarReader::read_sparse_map_in_data() {
    std::string text;
    std::size_t at = 0;
    const auto next_number = [&]() -> std::uint64_t {
        for (;;) {
            const std::size_t end = text.find('\n', at);
            if (end != std::string::npos) {
                const auto number = base::parse_number(std::string_view(text).substr(at, end - at));
                if (!number) {
                    throw TarDefect{"the map of a sparse file is not made of numbers"};
                }
                at = end + 1;
                return *number;
            }
            if (left_ < tar_block || text.size() > 16 * most_meta) {
                throw TarDefect{"the map of a sparse file is incomplete or too long"};
            }
            const std::span<const std::byte> block = take(tar_block);
            note_framing(block);
            if (block.size() < tar_block) {
                throw TarDefect{"it ends in the middle of a sparse file's map"};
            }
            left_ -= tar_block;
            text.append(reinterpret_cast<const char*>(block.data()), block.size());
        }
    };
    const std::uint64_t count = next_number();
    SparseMap map;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t offset = next_number();
        map.push_back({offset, next_number()});
    }
    return map;
}

/// Hands out the next `count` bytes of the archive.
void TarReader::pass_data(
    std::uint64_t count, const std::function<void(std::span<const std::byte>)>& write) {
    while (count > 0) {
        if (!refill()) {
            fail("it ends in the middle of that entry");
        }
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(count, piece_.size()));
        const std::span<const std::byte> bytes = piece_.first(size);
        piece_ = piece_.subspan(size);
        count -= size;
        if (is_sparse_) {
            note_framing(bytes);
        } else if (observer_ != nullptr) {
            observer_->on_content(bytes);
        }
        if (write) {
            write(bytes);
        }
    }
}

void TarReader::skip_padding() {
    const std::size_t size = std::exchange(padding_, 0);
    const std::span<const std::byte> bytes = size == 0 ? std::span<const std::byte>() : take(size);
    note_framing(bytes);
    if (bytes.size() < size) {
        fail("it ends in the middle of that entry");
    }
}

void TarReader::read_data(
    const std::function<void(std::span<const std::byte>, std::uint64_t offset)>& write) {
    const std::uint64_t stored = std::exchange(left_, 0);
    const SparseMap pieces = is_sparse_ ? std::exchange(map_, {}) : SparseMap{{0, stored}};
    for (const SparsePiece& piece : pieces) {
        std::uint64_t offset = piece.offset;
        pass_data(piece.length, [&](std::span<const std::byte> bytes) {
            write(bytes, offset);
            offset += bytes.size();
        });
    }
}

void TarReader::drain() {
    while (refill()) {
        note_framing(piece_);
        piece_ = {};
    }
}

} // namespace imgbuild::archive
