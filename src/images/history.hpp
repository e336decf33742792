// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "images/image_store.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::images {

/// Something that was done to an image.
struct HistoryEntry {
    /// Seconds since 1970.
    std::int64_t time = 0;
    /// "import", "exec", "syncuser", …
    std::string verb;
    /// Who did it.
    std::string user;
    /// In a person's words: where it came from, which command.
    std::string text;
    /// More, by name: "digest", "status", "changed".
    std::vector<std::pair<std::string, std::string>> details;
};

/// Adds an entry; time and user are filled in. Passwords in URLs are not for it.
/// @param directory an image's own directory (ImageStore::own_directory), made if missing.
void add_history(const std::string& directory, HistoryEntry entry);

/// Adds an entry of another image as it is.
void copy_history(const std::string& directory, const HistoryEntry& entry);

/// Oldest first; lines that can't be read are left out.
std::vector<HistoryEntry> read_history(const std::string& directory);

} // namespace imgbuild::images
