// SPDX-License-Identifier: Apache-2.0
#include "images/build_record.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "json/json.hpp"

namespace imgbuild::images {

namespace {

std::string file_in(const std::string& directory) {
    return base::join_path(directory, "build.json");
}

std::int64_t nanoseconds(const timespec& time) {
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

} // namespace

void BuildRecord::set_file(const struct stat& status) {
    inode = status.st_ino;
    mtime_nanoseconds = nanoseconds(status.st_mtim);
    size = static_cast<std::uint64_t>(status.st_size);
}

bool BuildRecord::fits(const struct stat& status) const {
    return S_ISREG(status.st_mode) && status.st_ino == inode &&
           nanoseconds(status.st_mtim) == mtime_nanoseconds &&
           static_cast<std::uint64_t>(status.st_size) == size;
}

std::optional<BuildRecord> read_build_record(const std::string& directory) {
    const std::string path = file_in(directory);
    if (!base::exists(path)) {
        return std::nullopt;
    }
    // A record that can't be read only means that the image is packed again.
    try {
        const json::Value value = json::parse(base::read_file(path), path);
        BuildRecord record;
        record.key = value.at("key");
        record.entries = value.at("entries");
        record.archive_size = value.at("archive_size");
        record.size = value.at("size");
        record.digest = value.at("digest");
        record.inode = value.at("inode");
        record.mtime_nanoseconds = value.at("mtime_nanoseconds");
        return record;
    } catch (const base::Error&) {
        return std::nullopt;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

void write_build_record(const std::string& directory, const BuildRecord& record) {
    base::make_directories(directory);
    base::replace_file(
        file_in(directory),
        json::dump(
            {{"key", record.key},
             {"entries", record.entries},
             {"archive_size", record.archive_size},
             {"size", record.size},
             {"digest", record.digest},
             {"inode", record.inode},
             {"mtime_nanoseconds", record.mtime_nanoseconds}}));
}

} // namespace imgbuild::images
