// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Files outside image roots: the user's own, the store's and the target directory's. What lies in an
 * image root is only ever touched through `root::Root`.
 */
#pragma once

#include "base/unique_fd.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace imgbuild::base {

/// `openat` with O_CLOEXEC; throws SystemError naming `path`.
/// @param directory a directory's descriptor, or AT_FDCWD.
UniqueFd open_at(int directory, const std::string& path, int flags, mode_t mode = 0);

/// The whole content. @throws Error if it is larger than `limit` bytes.
std::string read_file(const std::string& path, std::size_t limit = std::size_t{1} << 30U);

/// The rest of what `fd` has to give. @param name for messages.
std::string read_all(int fd, const std::string& name, std::size_t limit = std::size_t{1} << 30U);

/// Writes everything, whatever the kernel takes at a time. @param name for messages.
void write_all(int fd, std::span<const std::byte> bytes, const std::string& name);
void write_all(int fd, std::string_view text, const std::string& name);

/// Reads up to `buffer.size()` bytes at `offset`, fewer only at the end of the file.
std::size_t
read_at(int fd, std::span<std::byte> buffer, std::uint64_t offset, const std::string& name);

/// Replaces `path` by a file with this content: temporary name, write, fsync, rename.
void replace_file(const std::string& path, std::string_view content, mode_t mode = 0644);

/// Makes a directory and what is missing above it. An existing directory is fine.
void make_directories(const std::string& path, mode_t mode = 0755);

bool exists(const std::string& path);
bool is_directory(const std::string& path);

/// The absolute path behind all links. @throws SystemError naming `path`.
std::string real_path(const std::string& path);

/// The same, but nothing where `path` leads nowhere, or can't be followed.
std::optional<std::string> try_real_path(const std::string& path);

/// Removes a tree, never following a link, never leaving its file system. Missing is fine.
/// Directories that can't be read are made readable first.
void remove_tree(int parent, const std::string& name);

/// The same by path.
void remove_tree(const std::string& path);

/// Bytes that an ordinary process may still write where `path` (or its nearest existing parent) is.
std::uint64_t free_space(const std::string& path);

/// `path` without a slash at its end and with `name` behind it.
std::string join_path(std::string_view directory, std::string_view name);

} // namespace imgbuild::base
