// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * An inventory says what a tree, or the change that a stage made to one, consists of. It is the
 * canonical form of a layer: the same whether the layer was made by root or by an ordinary user,
 * with overlay mounts or without.
 */
#pragma once

#include "crypto/digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::tree {

enum class EntryType {
    directory,
    regular,
    symlink,
    char_device,
    block_device,
    fifo,
    socket,
    /// In a change: what the layers below have at this path, and below it, is gone.
    whiteout,
};

struct Time {
    std::int64_t seconds = 0;
    std::uint32_t nanoseconds = 0;

    auto operator<=>(const Time&) const = default;
};

struct Entry {
    /// Relative to the root, without leading slash; empty for the root directory itself.
    std::string path;
    EntryType type = EntryType::regular;
    /// Permission bits with setuid, setgid and sticky (07777).
    std::uint32_t mode = 0;
    /// Owner as in the image, not as mapped on the host.
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    /// Bytes; only of regular files.
    std::uint64_t size = 0;
    Time mtime;
    /// Only of symlinks.
    std::string link_target;
    /// Only of devices.
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    /// Sorted by name; file capabilities are among them as security.capability.
    std::vector<std::pair<std::string, std::string>> xattrs;
    /// Of the content; only of regular files.
    std::optional<crypto::Digest> digest;
    /// Entries of one inventory with the same number (not 0) are names of one file.
    /// Numbered from 1 in the order of the first name; a file with one name only has 0.
    std::uint32_t link_group = 0;

    bool operator==(const Entry&) const = default;
};

/// "a" < "a/b" < "a-b": a directory comes right before what is in it.
bool path_less(std::string_view a, std::string_view b);

/// True for both kinds of devices.
bool is_device(const Entry& entry);

/// True if `path` is strictly below the directory `directory` ("" is the root).
bool is_below(std::string_view path, std::string_view directory);

/// Entries in the order of `path_less`, each path once. A value; thread-compatible.
class Inventory {
public:
    Inventory() = default;

    /// Sorts the entries and numbers their link groups anew (any distinct numbers may come in).
    /// @throws base::Error if a path occurs twice.
    explicit Inventory(std::vector<Entry> entries);

    const std::vector<Entry>& entries() const noexcept { return entries_; }

    /// The entry at exactly this path (no symlinks are followed); nullptr if there is none.
    const Entry* find(std::string_view path) const;

    /// The entries strictly below the directory `path` are [first, last) of entries().
    std::pair<std::size_t, std::size_t> below(std::string_view path) const;

    /// Bytes of all regular files, each link group once.
    std::uint64_t content_size() const;

    bool operator==(const Inventory&) const = default;

private:
    std::vector<Entry> entries_;
};

/// The change that leads from `before` to `after`; whiteouts only for the topmost vanished paths.
/// If one name of a link group changed, all names of the group in `after` are part of the change.
Inventory difference(const Inventory& before, const Inventory& after);

/// `before` with the change `change` on top: what the change has at a path replaces what stood
/// there, and all below it too unless it is a directory. `apply(b, difference(b, a))` is `a`.
Inventory apply(const Inventory& before, const Inventory& change);

/// A text form in ASCII, one line an entry, equal for equal inventories; starts with a version line.
/// What an entry's type does not have (see Entry) is not written.
std::string serialise(const Inventory& inventory);

/// @throws base::Error if `text` is not what `serialise` writes. @param name for messages.
Inventory parse_inventory(std::string_view text, const std::string& name);

/// Where two inventories differ, as lines for people: "usr/bin/x: mode 0755 instead of 0644".
/// One line an entry that differs. @param limit the most lines returned; if there are more, the last
/// one says how many.
std::vector<std::string>
describe_differences(const Inventory& wanted, const Inventory& found, std::size_t limit = 20);

} // namespace imgbuild::tree
