// SPDX-License-Identifier: Apache-2.0
#include "tree/file_reader.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "tree/xattr.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>

namespace imgbuild::tree {

namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 17U;
/// The kernel's own limits.
constexpr std::size_t longest_list = 65536;
constexpr std::size_t longest_value = 65536;

/// Lists and reads through the two given calls, which are the ones for descriptors or for paths.
template <typename List, typename Get>
Attributes read_attributes(const List& list, const Get& get, const std::string& name) {
    char small[512];
    ssize_t length = list(small, sizeof small);
    std::string large;
    const char* names = small;
    if (length < 0 && errno == ERANGE) {
        large.resize(longest_list);
        length = list(large.data(), large.size());
        names = large.data();
    }
    if (length < 0) {
        if (errno == ENOTSUP) {
            return {};
        }
        base::throw_errno(fmt::format("listing the extended attributes of {}", name));
    }
    Attributes result;
    std::string_view rest(names, static_cast<std::size_t>(length));
    while (!rest.empty()) {
        const std::string attribute(rest.substr(0, rest.find('\0')));
        rest.remove_prefix(std::min(rest.size(), attribute.size() + 1));
        if (!belongs_to_image(attribute)) {
            continue;
        }
        std::string value(longest_value, '\0');
        const ssize_t size = get(attribute.c_str(), value.data(), value.size());
        if (size < 0) {
            base::throw_errno(
                fmt::format("reading the extended attribute {} of {}", attribute, name));
        }
        value.resize(static_cast<std::size_t>(size));
        value.shrink_to_fit();
        result.emplace_back(attribute, std::move(value));
    }
    std::sort(result.begin(), result.end());
    return result;
}

} // namespace

base::UniqueFd open_below(int root, const std::string& path, int flags, const std::string& name) {
    open_how how = {};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC | O_NOFOLLOW);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    base::UniqueFd fd(static_cast<int>(
        ::syscall(SYS_openat2, root, path.empty() ? "." : path.c_str(), &how, sizeof how)));
    if (!fd) {
        base::throw_errno(fmt::format("opening {}", name));
    }
    return fd;
}

Attributes attributes_of(int fd, const std::string& name) {
    return read_attributes(
        [fd](char* names, std::size_t size) { return ::flistxattr(fd, names, size); },
        [fd](const char* attribute, char* value, std::size_t size) {
            return ::fgetxattr(fd, attribute, value, size);
        },
        name);
}

Attributes attributes_at(int directory, const std::string& entry, const std::string& name) {
    // There are no *at calls for extended attributes before Linux 6.13.
    const std::string path = fmt::format("/proc/self/fd/{}/{}", directory, entry);
    return read_attributes(
        [&](char* names, std::size_t size) { return ::llistxattr(path.c_str(), names, size); },
        [&](const char* attribute, char* value, std::size_t size) {
            return ::lgetxattr(path.c_str(), attribute, value, size);
        },
        name);
}

bool is_opaque(int directory) {
    for (const char* const attribute : {"trusted.overlay.opaque", "user.overlay.opaque"}) {
        char value = 0;
        if (::fgetxattr(directory, attribute, &value, 1) == 1 && value == 'y') {
            return true;
        }
    }
    return false;
}

FileHasher::FileHasher(SeenContents* seen)
    : seen_(seen)
    , buffer_(buffer_size) {
    if (seen_ != nullptr) {
        second_hash_ = seen_->hash();
    }
}

crypto::Digest FileHasher::digest(int fd, std::uint64_t size, const std::string& name) {
    std::uint64_t left = size;
    while (left > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size()));
        const ssize_t got = ::read(fd, buffer_.data(), wanted);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            base::throw_errno(fmt::format("reading {}", name));
        }
        if (got == 0) {
            throw base::Error(fmt::format("{} became shorter while it was read", name));
        }
        const auto bytes = std::span(buffer_).first(static_cast<std::size_t>(got));
        hash_.update(bytes);
        if (second_hash_) {
            second_hash_->update(bytes);
        }
        left -= static_cast<std::uint64_t>(got);
    }
    const crypto::Digest digest = hash_.finish();
    if (second_hash_) {
        seen_->add(digest, second_hash_->finish());
    }
    return digest;
}

} // namespace imgbuild::tree
