// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Files that begin with a seal of the rest, so that damage, and what a crash left half written, is
 * found when they are read. That is why they need no fsync. Large ones, which are written as they come
 * (ExpandedWriter), end with it.
 */
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

namespace imgbuild::store {

/// Publishes the parts, one after the other, as the file `path`, without fsync; an older file is replaced.
void put_file(
    const std::string& store,
    const std::string& path,
    std::initializer_list<std::span<const std::byte>> parts);

/// Publishes `content` as `path`; an older file is replaced.
void write_sealed(
    const std::string& store, const std::string& path, std::span<const std::byte> content);

/// Whether the end of a file is the seal of what stands before it. @param path for messages.
bool is_sealed_at_end(int fd, const std::string& path, const std::stop_token& stop);

/// The content; nothing if there is no such file or it is damaged. A damaged one is set aside.
std::optional<std::string> read_sealed(const std::string& store, const std::string& path);

} // namespace imgbuild::store
