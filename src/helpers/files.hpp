// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Files of the root that this program runs in, as its superuser: paths are those of the image.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::helpers {

/// As the shell's tests -e, -f, -d and -x see it: links are followed.
bool exists(const std::string& path);
bool is_file(const std::string& path);
bool is_directory(const std::string& path);
bool is_executable(const std::string& path);

/// As its test -L.
bool is_link(const std::string& path);

/// Where a link leads; nothing if it is none.
std::optional<std::string> link_target(const std::string& path);

/// The whole content; nothing if it can't be read.
std::optional<std::string> read_text(const std::string& path);

/// Names in a directory besides "." and ".."; none if it can't be read.
std::vector<std::string> names_in(const std::string& directory);

/// Makes a directory and what is missing above it.
void make_path(const std::string& path);

/// Replaces a file by way of a temporary one beside it, named with these ends; its mode is 0644.
/// @throws std::system_error like all below.
void replace_file(
    const std::string& path,
    const std::string& temporary_start,
    const std::string& temporary_end,
    std::string_view text);

/// Makes an empty file unless there is one.
void touch(const std::string& path);

void make_link(const std::string& target, const std::string& path);

void remove_file(const std::string& path);

void move_file(const std::string& from, const std::string& to);

/// Gives the directory for temporary files the time that a file would that was in it for a while.
void touch_temporary_directory();

/// Removes a tree of empty directories; those that have something in them stay.
void remove_empty_directories(const std::string& directory);

/// Writes to one of this program's own outputs.
void print(int fd, std::string_view text);

/// What lies behind the last slash.
std::string_view base_name(std::string_view path);

/// What lies before it.
std::string directory_of(const std::string& path);

} // namespace imgbuild::helpers
