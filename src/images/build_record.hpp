// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

namespace imgbuild::images {

/// What the output of an image was made from, so that an unchanged image is not packed again.
struct BuildRecord {
    /// Of everything that decides the output's bytes.
    std::string key;
    std::uint64_t entries = 0;
    /// Unpacked.
    std::uint64_t archive_size = 0;
    std::uint64_t size = 0;
    std::string digest;
    /// Of the output file, so that another program's is not taken for ours.
    std::uint64_t inode = 0;
    std::int64_t mtime_nanoseconds = 0;

    void set_file(const struct stat& status);
    /// True if the file is the one that was recorded.
    bool fits(const struct stat& status) const;
};

/// @param directory an image's own directory.
std::optional<BuildRecord> read_build_record(const std::string& directory);
void write_build_record(const std::string& directory, const BuildRecord& record);

} // namespace imgbuild::images
