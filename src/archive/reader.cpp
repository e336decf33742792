// SPDX-License-Identifier: Apache-2.0
#include "archive/reader.hpp"

#include "archive/acl.hpp"
#include "archive/handle.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace imgbuild::archive {

namespace {

tree::EntryType type_of(archive_entry* entry) {
    switch (archive_entry_filetype(entry)) {
    case AE_IFDIR:
        return tree::EntryType::directory;
    case AE_IFLNK:
        return tree::EntryType::symlink;
    case AE_IFCHR:
        return tree::EntryType::char_device;
    case AE_IFBLK:
        return tree::EntryType::block_device;
    case AE_IFIFO:
        return tree::EntryType::fifo;
    case AE_IFSOCK:
        return tree::EntryType::socket;
    default:
        return tree::EntryType::regular;
    }
}

void copy_xattrs(archive_entry* from, tree::Entry& to) {
    archive_entry_xattr_reset(from);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    while (archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK) {
        if (name != nullptr) {
            to.xattrs.emplace_back(name, std::string(static_cast<const char*>(value), size));
        }
    }
    std::sort(to.xattrs.begin(), to.xattrs.end());
}

/// Access control lists; an extended attribute of the archive that says the same wins.
bool copy_acls(archive_entry* from, tree::Entry& to) {
    AclXattrs acls = read_acls(from);
    for (auto& [name, list] : acls.xattrs) {
        const auto place = std::lower_bound(
            to.xattrs.begin(), to.xattrs.end(), name, [](const auto& xattr, const auto& wanted) {
                return xattr.first < wanted;
            });
        if (place == to.xattrs.end() || place->first != name) {
            to.xattrs.emplace(place, name, std::move(list));
        }
    }
    return acls.has_names;
}

ArchiveEntry convert(archive_entry* from, const char* path) {
    ArchiveEntry result;
    tree::Entry& entry = result.entry;
    entry.path = path;
    entry.type = type_of(from);
    entry.mode = archive_entry_perm(from);
    entry.uid = static_cast<std::uint32_t>(archive_entry_uid(from));
    entry.gid = static_cast<std::uint32_t>(archive_entry_gid(from));
    entry.mtime = {
        archive_entry_mtime(from), static_cast<std::uint32_t>(archive_entry_mtime_nsec(from))};
    if (const char* const target = archive_entry_hardlink(from)) {
        result.hardlink_target = target;
        entry.type = tree::EntryType::regular;
    }
    if (entry.type == tree::EntryType::regular && archive_entry_size_is_set(from) != 0) {
        entry.size =
            static_cast<std::uint64_t>(std::max<std::int64_t>(0, archive_entry_size(from)));
    } else if (entry.type == tree::EntryType::symlink) {
        const char* const target = archive_entry_symlink(from);
        entry.link_target = target != nullptr ? target : "";
    } else if (
        entry.type == tree::EntryType::char_device || entry.type == tree::EntryType::block_device) {
        entry.major = static_cast<std::uint32_t>(archive_entry_rdevmajor(from));
        entry.minor = static_cast<std::uint32_t>(archive_entry_rdevminor(from));
    }
    copy_xattrs(from, entry);
    result.has_named_acl = copy_acls(from, entry);
    return result;
}

} // namespace

struct Reader::State {
    State(Source source, std::string name)
        : handle(std::move(source), std::move(name), Content::archive) {}

    Handle handle;
    /// The entry that `next` gave last, and the one before it.
    std::optional<std::string> current;
    std::optional<std::string> previous;
    /// The current entry's data was read to its end, or there is none.
    bool complete = true;

    [[noreturn]] void fail() {
        handle.rethrow();
        fail_because(handle.cause());
    }

    [[noreturn]] void fail_because(std::string_view cause) const {
        const std::optional<std::string>& good = complete ? current : previous;
        throw base::Error(fmt::format(
                              "{} is damaged or cut short {}: {}",
                              handle.name(),
                              good ? fmt::format("after its entry {}", base::printable(*good))
                                   : std::string("at its start"),
                              cause))
            .set_hint("get or make it anew");
    }

    /// What stands behind the last entry counts too.
    void drain() {
        if (!handle.is_compressed()) {
            return;
        }
        try {
            handle.drain();
        } catch (const Defect& defect) {
            complete = true;
            fail_because(defect.what());
        }
    }

    /// True for what is odd in an archive but loses nothing.
    bool is_harmless_warning() const {
        // Names that fit no character set are kept as bytes; user and group names are not used.
        return handle.cause().find("can't be converted") != std::string::npos;
    }
};

Reader Reader::open_file(const std::string& path) {
    return {file_source(path), path};
}

Reader::Reader(Source source, std::string name)
    : state_(std::make_unique<State>(std::move(source), std::move(name))) {}

Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

const std::string& Reader::name() const noexcept {
    return state_->handle.name();
}

std::optional<ArchiveEntry> Reader::next() {
    State& state = *state_;
    ::archive* const handle = state.handle.get();
    const BytesLocale locale;
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(handle, &entry);
    if (result == ARCHIVE_EOF) {
        const bool is_tar =
            (archive_format(handle) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
        state.drain();
        if (is_tar && !state.handle.is_compressed() && state.handle.ends_abruptly()) {
            state.complete = true;
            state.fail_because("its end mark is missing");
        }
        return std::nullopt;
    }
    if (result != ARCHIVE_OK && !(result == ARCHIVE_WARN && state.is_harmless_warning())) {
        state.fail();
    }
    const char* const path = archive_entry_pathname(entry);
    if (path == nullptr) {
        state.fail_because("an entry has no name");
    }
    ArchiveEntry converted = convert(entry, path);
    state.previous = std::exchange(state.current, converted.entry.path);
    state.complete = converted.entry.size == 0;
    return converted;
}

void Reader::read_data(
    const std::function<void(std::span<const std::byte>, std::uint64_t offset)>& write) {
    const BytesLocale locale;
    for (;;) {
        const void* bytes = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        const int result = archive_read_data_block(state_->handle.get(), &bytes, &size, &offset);
        if (result == ARCHIVE_EOF) {
            state_->complete = true;
            return;
        }
        if (result != ARCHIVE_OK) {
            state_->fail();
        }
        if (size > 0) {
            write({static_cast<const std::byte*>(bytes), size}, static_cast<std::uint64_t>(offset));
        }
    }
}

std::size_t Reader::read(std::span<std::byte> buffer) {
    const BytesLocale locale;
    const la_ssize_t got = archive_read_data(state_->handle.get(), buffer.data(), buffer.size());
    if (got < 0) {
        state_->fail();
    }
    state_->complete = state_->complete || got == 0;
    return static_cast<std::size_t>(got);
}

} // namespace imgbuild::archive
