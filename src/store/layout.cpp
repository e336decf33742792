// SPDX-License-Identifier: Apache-2.0
#include "store/layout.hpp"

#include "base/file.hpp"
#include "base/random_name.hpp"
#include "base/remove_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

namespace imgbuild::store {

namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

} // namespace

std::string work_place(const std::string& store) {
    return store + "/work";
}

std::string blob_place(const std::string& store) {
    return store + "/blobs/sha256";
}

std::string blob_file(const std::string& store, const crypto::Digest& digest) {
    const std::string hex = digest.hex();
    return fmt::format("{}/{}/{}", blob_place(store), hex.substr(0, 2), hex);
}

std::string chunk_place(const std::string& store) {
    return store + "/chunks";
}

std::string chunk_file(const std::string& store, const crypto::Digest& key) {
    return fmt::format("{}/{}", chunk_place(store), key.hex());
}

std::string expanded_place(const std::string& store) {
    return store + "/expanded";
}

std::string expanded_file(const std::string& store, const crypto::Digest& key) {
    return fmt::format("{}/{}", expanded_place(store), key.hex());
}

std::string record_place(const std::string& store) {
    return store + "/records";
}

std::string
record_file(const std::string& store, std::string_view kind, const crypto::Digest& key) {
    return fmt::format("{}/{}/{}", record_place(store), kind, key.hex());
}

std::string layer_place(const std::string& store, const std::string& id_mapping) {
    return fmt::format("{}/layers/{}", store, id_mapping);
}

std::string layer_directory(
    const std::string& store, const std::string& id_mapping, const crypto::Digest& key) {
    return fmt::format("{}/{}", layer_place(store, id_mapping), key.hex());
}

std::string damaged_place(const std::string& store) {
    return store + "/damaged";
}

std::vector<std::string> names_in(const std::string& directory) {
    const std::unique_ptr<DIR, CloseDirectory> stream(::opendir(directory.c_str()));
    if (!stream) {
        if (errno == ENOENT) {
            return {};
        }
        base::throw_errno(fmt::format("reading the directory {}", directory));
    }
    std::vector<std::string> names;
    for (errno = 0; const dirent* entry = ::readdir(stream.get()); errno = 0) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    if (errno != 0) {
        base::throw_errno(fmt::format("reading the directory {}", directory));
    }
    std::sort(names.begin(), names.end());
    return names;
}

void move_into_place(const std::string& source, const std::string& target) {
    if (::rename(source.c_str(), target.c_str()) == 0) {
        return;
    }
    if (errno == ENOENT) {
        base::make_directories(parent_of(target));
        if (::rename(source.c_str(), target.c_str()) == 0) {
            return;
        }
    }
    base::throw_errno(fmt::format("moving {} to {}", source, target));
}

void set_aside(const std::string& store, const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    const std::string target =
        fmt::format("{}/{}.{}", damaged_place(store), name, base::random_name());
    if (::rename(path.c_str(), target.c_str()) != 0 && errno != ENOENT) {
        base::throw_errno(fmt::format("moving the damaged {} to {}", path, target));
    }
}

void try_to_remove(const std::string& path, const std::stop_token& stop) {
    try {
        base::remove_tree(path, stop);
    } catch (const base::Error&) {
        return;
    }
}

void touch(const std::string& path) noexcept {
    (void)::utimensat(AT_FDCWD, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

bool is_before(const timespec& a, const timespec& b) noexcept {
    return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

} // namespace imgbuild::store
