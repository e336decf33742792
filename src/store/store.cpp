// SPDX-License-Identifier: Apache-2.0
#include "store/store.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "store/layout.hpp"
#include "store/sealed_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace imgbuild::store {

namespace {

constexpr std::string_view format_line = "imgbuild store 2\n";

/// A store holds files of the images, setuid ones included: only its owner may look in.
void make_private_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) != 0 && !(errno == EEXIST && base::is_directory(path))) {
        base::throw_errno(fmt::format("making the directory {}", path));
    }
}

/// The user's slip, not the disk's.
void require_directory(const std::string& path) {
    if (base::exists(path) && !base::is_directory(path)) {
        throw base::UsageError(fmt::format("{} is not a store: it is no directory", path))
            .set_hint("use an empty or a new directory with --store");
    }
}

void check_format(const std::string& store) {
    const std::string file = base::join_path(store, "format");
    const std::vector<std::string> names = names_in(store);
    // Looked for after the names were read: another process may be making this store right now, and
    // the format is its first file.
    if (base::exists(file)) {
        const std::string found = base::read_file(file, 4096);
        if (found != format_line) {
            throw base::Error(fmt::format(
                                  "the store {} has the format \"{}\", this imgbuild knows \"{}\"",
                                  store,
                                  found.substr(0, found.find('\n')),
                                  format_line.substr(0, format_line.size() - 1)))
                .set_hint("use another directory with --store, or remove that one");
        }
        return;
    }
    for (const std::string& name : names) {
        if (!name.starts_with("format") && name != "lost+found") {
            throw base::Error(fmt::format("{} is not a store: it holds {}", store, name))
                .set_hint("use an empty or a new directory with --store");
        }
    }
    base::replace_file(file, format_line);
}

} // namespace

Store::Store(std::string path, std::string id_mapping, std::stop_token stop)
    : path_(std::move(path))
    , id_mapping_(std::move(id_mapping))
    , stop_(std::move(stop)) {}

Store Store::open(const std::string& path, std::string id_mapping, std::stop_token stop) {
    require_directory(path);
    const std::size_t slash = path.find_last_not_of('/') == std::string::npos
                                  ? std::string::npos
                                  : path.rfind('/', path.find_last_not_of('/'));
    if (slash != std::string::npos && slash > 0) {
        base::make_directories(path.substr(0, slash));
    }
    make_private_directory(path);
    // Absolute, because the working directory may change and mounts are made by path.
    Store store(base::real_path(path), std::move(id_mapping), std::move(stop));
    check_format(store.path_);
    base::make_directories(blob_place(store.path_));
    base::make_directories(layer_place(store.path_, store.id_mapping_));
    base::make_directories(record_place(store.path_));
    base::make_directories(chunk_place(store.path_));
    base::make_directories(expanded_place(store.path_));
    make_private_directory(work_place(store.path_));
    make_private_directory(damaged_place(store.path_));
    remove_abandoned_work(work_place(store.path_), store.stop_);
    return store;
}

WorkDirectory Store::make_work_directory() const {
    return in_store(path_, [&] { return store::make_work_directory(work_place(path_), stop_); });
}

PartFile Store::new_part() const {
    return {path_, in_store(path_, [&] { return make_locked_file(work_place(path_), ".part"); })};
}

BlobWriter Store::new_blob() const {
    return {path_, new_part()};
}

bool Store::has_blob(const crypto::Digest& digest) const {
    return base::exists(blob_file(path_, digest));
}

base::UniqueFd Store::open_blob(const crypto::Digest& digest) const {
    const std::string path = blob_path(digest);
    return in_store(path_, [&] { return base::open_at(AT_FDCWD, path, O_RDONLY); });
}

std::string Store::blob_path(const crypto::Digest& digest) const {
    std::string path = blob_file(path_, digest);
    touch(path);
    return path;
}

void Store::set_blob_aside(const crypto::Digest& digest) const {
    set_aside(path_, blob_file(path_, digest));
}

std::optional<std::string> Store::find_record(std::string_view kind, const Key& key) const {
    const std::string path = record_file(path_, kind, key);
    std::optional<std::string> text = read_sealed(path_, path);
    touch(path);
    return text;
}

void Store::put_record(std::string_view kind, const Key& key, std::string_view text) const {
    write_sealed(
        path_, record_file(path_, kind, key), std::as_bytes(std::span(text.data(), text.size())));
}

std::optional<std::string> Store::find_chunk(const Key& key) const {
    const std::string path = chunk_file(path_, key);
    touch(path);
    return read_sealed(path_, path);
}

bool Store::has_chunk(const Key& key) const {
    const std::string path = chunk_file(path_, key);
    touch(path);
    return base::exists(path);
}

void Store::put_chunk(const Key& key, std::span<const std::byte> content) const {
    write_sealed(path_, chunk_file(path_, key), content);
}

std::optional<std::string>
Store::find_expanded(const Key& key, const base::Context& context) const {
    std::string path = expanded_file(path_, key);
    const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        base::throw_errno(fmt::format("opening {}", path));
    }
    touch(path);
    if (!is_sealed_at_end(fd.get(), path, context.stop)) {
        set_aside(path_, path);
        return std::nullopt;
    }
    return path;
}

bool Store::has_expanded(const Key& key) const {
    return base::exists(expanded_file(path_, key));
}

ExpandedWriter Store::new_expanded() const {
    return ExpandedWriter(new_part());
}

std::string Store::publish_expanded(const Key& key, ExpandedWriter content) const {
    std::string path = expanded_file(path_, key);
    content.publish(path);
    return path;
}

} // namespace imgbuild::store
