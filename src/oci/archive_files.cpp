// SPDX-License-Identifier: Apache-2.0
#include "oci/archive_files.hpp"

#include "archive/reader.hpp"
#include "archive/tar_index.hpp"
#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "oci/document_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <utility>
#include <vector>

namespace imgbuild::oci {

namespace {

constexpr std::size_t member_limit = 100'000;
constexpr std::uint64_t size_limit = std::uint64_t{256} << 30U;
constexpr int link_limit = 8;
constexpr std::string_view record_kind = "image-archive";
constexpr std::string_view digest_kind = "image-archive-file";

base::UniqueFd open_archive(const std::string& path) {
    // Not to be held up by a fifo.
    return base::open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
}

/// "./a/../b" → "b"; never above the archive's root.
std::string clean_path(const std::string& path) {
    std::vector<std::string> parts;
    for (const std::string_view part : base::split(path, '/')) {
        if (part == "..") {
            if (!parts.empty()) {
                parts.pop_back();
            }
        } else if (!part.empty() && part != ".") {
            parts.emplace_back(part);
        }
    }
    return base::join(parts, "/");
}

/// What an archive is known by without reading it.
crypto::Digest identity_of(const std::string& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) {
        base::throw_errno("opening " + path);
    }
    if (!S_ISREG(status.st_mode)) {
        refuse_document(path, "is no regular file");
    }
    return crypto::sha256(fmt::format(
        "image archive 1\n{}\n{} {} {} {}.{:09} {}.{:09}\n",
        path,
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtim.tv_sec,
        status.st_mtim.tv_nsec,
        status.st_ctim.tv_sec,
        status.st_ctim.tv_nsec));
}

} // namespace

ArchiveFiles::ArchiveFiles(
    std::string path, const crypto::Digest& identity, const store::Store& store)
    : path_(std::move(path))
    , identity_(identity)
    , store_(store) {}

std::unique_ptr<ArchiveFiles> ArchiveFiles::import(
    const std::string& path, const store::Store& store, const base::Context& context) {
    const crypto::Digest identity = identity_of(path);
    std::unique_ptr<ArchiveFiles> files(new ArchiveFiles(path, identity, store));
    if (files->index()) {
        return files;
    }
    files->are_in_store_ = true;
    const std::optional<std::string> record = store.find_record(record_kind, identity);
    if (record && files->restore(*record)) {
        return files;
    }
    files->read(context);
    store.put_record(record_kind, identity, files->to_record());
    return files;
}

/// @returns false if it is no plain tar, or one of an unusual form.
bool ArchiveFiles::index() {
    const base::UniqueFd fd = open_archive(path_);
    const archive::TarIndex index = archive::read_tar_index(fd.get(), path_, member_limit);
    if (!index.problem.empty()) {
        return false;
    }
    for (const archive::TarMember& member : index.members) {
        const std::string name = clean_path(member.entry.path);
        if (member.hardlink_target) {
            add_link(name, *member.hardlink_target, false);
        } else if (member.entry.type == tree::EntryType::symlink) {
            add_link(name, member.entry.link_target, true);
        } else if (member.entry.type == tree::EntryType::regular) {
            members_[name] = {member.entry.size, member.offset, {}};
            links_.erase(name);
        }
    }
    return true;
}

void ArchiveFiles::add_link(const std::string& name, const std::string& target, bool is_symbolic) {
    const std::size_t slash = name.rfind('/');
    const bool has_place = is_symbolic && slash != std::string::npos;
    links_[name] = clean_path((has_place ? name.substr(0, slash + 1) : "") + target);
}

void ArchiveFiles::read(const base::Context& context) {
    constexpr std::size_t piece = std::size_t{256} << 10U;
    base::Activity activity(
        context.reporter,
        {base::ActivityKind::work, "reading " + path_, "bytes", 0, context.parent_activity});
    archive::Reader reader = archive::Reader::open_file(path_);
    std::vector<std::byte> buffer(piece);
    std::uint64_t total = 0;
    while (const std::optional<archive::ArchiveEntry> entry = reader.next()) {
        base::throw_if_stopped(context.stop);
        const std::string name = clean_path(entry->entry.path);
        if (members_.size() + links_.size() >= member_limit) {
            refuse_document(path_, fmt::format("has more than {} files", member_limit));
        }
        if (entry->hardlink_target) {
            add_link(name, *entry->hardlink_target, false);
            continue;
        }
        if (entry->entry.type == tree::EntryType::symlink) {
            add_link(name, entry->entry.link_target, true);
            continue;
        }
        if (entry->entry.type != tree::EntryType::regular) {
            continue;
        }
        store::BlobWriter writer = store_.new_blob();
        while (const std::size_t count = reader.read(buffer)) {
            base::throw_if_stopped(context.stop);
            total += count;
            if (total > size_limit) {
                refuse_document(
                    path_, "holds more than " + base::format_bytes(size_limit) + ", unpacked");
            }
            writer.write(std::span(buffer).first(count));
            activity.advance(count);
        }
        const std::uint64_t size = writer.size();
        const crypto::Digest digest = writer.finish(std::nullopt, name);
        if (!store_.has_blob(digest)) {
            (void)writer.publish(std::nullopt, name);
        }
        members_[name] = {size, std::nullopt, digest};
        links_.erase(name);
    }
}

const ArchiveFiles::Member* ArchiveFiles::find(const std::string& path) const {
    std::string name = clean_path(path);
    for (int depth = 0; depth < link_limit; ++depth) {
        const auto link = links_.find(name);
        if (link == links_.end()) {
            const auto member = members_.find(name);
            return member == members_.end() ? nullptr : &member->second;
        }
        name = link->second;
    }
    return nullptr;
}

std::optional<ImageFiles::File> ArchiveFiles::open(const std::string& path) const {
    const Member* const member = find(path);
    if (member == nullptr) {
        return std::nullopt;
    }
    if (member->offset) {
        return File{open_archive(path_), member->size, *member->offset};
    }
    return File{store_.open_blob(member->digest), member->size};
}

std::optional<ArchiveFiles::Facts>
ArchiveFiles::facts_of(const std::string& path, const base::Context& context) const {
    const Member* const member = find(path);
    if (member == nullptr) {
        return std::nullopt;
    }
    if (!member->offset) {
        return Facts{member->digest, member->size};
    }
    const crypto::Digest key =
        crypto::sha256(fmt::format("{}\n{}\n", identity_.hex(), *member->offset));
    const std::optional<std::string> record = store_.find_record(digest_kind, key);
    const auto known = record ? crypto::Digest::from_hex(base::trim(*record)) : std::nullopt;
    if (known) {
        return Facts{*known, member->size};
    }
    const crypto::Digest digest = digest_of(*open(path), context);
    store_.put_record(digest_kind, key, digest.hex() + "\n");
    return Facts{digest, member->size};
}

crypto::Digest ArchiveFiles::digest_of(const File& file, const base::Context& context) const {
    crypto::Sha256 hash;
    std::vector<std::byte> buffer(std::size_t{256} << 10U);
    std::uint64_t position = 0;
    while (const std::size_t count = file.read(buffer, position, path_)) {
        base::throw_if_stopped(context.stop);
        hash.update(std::span(buffer).first(count));
        position += count;
    }
    return hash.finish();
}

// A line a file: "DIGEST SIZE NAME" or "-> TARGET\0NAME"; names with line ends are left out, since no
// image has such.
std::string ArchiveFiles::to_record() const {
    std::string text;
    for (const auto& [name, member] : members_) {
        if (name.find('\n') == std::string::npos) {
            text += fmt::format("{} {} {}\n", member.digest.hex(), member.size, name);
        }
    }
    for (const auto& [name, target] : links_) {
        if ((name + target).find_first_of(std::string("\n\0", 2)) == std::string::npos) {
            text += "-> " + target + '\0' + name + '\n';
        }
    }
    return text;
}

bool ArchiveFiles::restore(const std::string& record) {
    for (const std::string_view line : base::split_lines(record)) {
        if (line.starts_with("-> ")) {
            const std::size_t end = line.find('\0');
            links_.emplace(line.substr(end + 1), line.substr(3, end - 3));
            continue;
        }
        const std::size_t first = line.find(' ');
        const std::size_t second = line.find(' ', first + 1);
        const auto digest = crypto::Digest::from_hex(line.substr(0, first));
        const auto size = base::parse_number(line.substr(first + 1, second - first - 1));
        if (!digest || !size || !store_.has_blob(*digest)) {
            members_.clear();
            links_.clear();
            return false;
        }
        members_.emplace(line.substr(second + 1), Member{*size, std::nullopt, *digest});
    }
    return true;
}

} // namespace imgbuild::oci
