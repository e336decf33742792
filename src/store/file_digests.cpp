// SPDX-License-Identifier: Apache-2.0
#include "store/file_digests.hpp"

#include "base/error.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <ctime>

namespace imgbuild::store {

namespace {

constexpr std::string_view record_kind = "file-digest";
constexpr std::int64_t nanoseconds = 1'000'000'000;

std::int64_t in_nanoseconds(const timespec& time) {
    return time.tv_sec * nanoseconds + time.tv_nsec;
}

/// How far apart two changes must be to get different times: the kernel stamps with its timer tick, of
/// 10 ms at most; a file system that keeps no fractions may round to two seconds.
std::int64_t granularity(const timespec& time) {
    return time.tv_nsec == 0 ? 2 * nanoseconds : nanoseconds / 50;
}

bool is_settled(const struct stat& status) {
    timespec now = {};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return in_nanoseconds(now) - in_nanoseconds(status.st_ctim) > granularity(status.st_ctim);
}

Key key_of(const struct stat& status) {
    return crypto::sha256(fmt::format(
        "{} {} {} {} {}",
        status.st_dev,
        status.st_ino,
        status.st_size,
        in_nanoseconds(status.st_mtim),
        in_nanoseconds(status.st_ctim)));
}

struct stat status_of(int fd, const std::string& name) {
    struct stat status = {};
    if (::fstat(fd, &status) != 0) {
        base::throw_errno(fmt::format("looking at {}", name));
    }
    return status;
}

} // namespace

crypto::Digest FileDigests::of(int fd, const std::string& name) const {
    const struct stat before = status_of(fd, name);
    // Asked before reading: what is settled now can't change later without getting other times.
    const bool settled = is_settled(before);
    const Key key = key_of(before);
    if (settled) {
        if (const auto text = store_.find_record(record_kind, key)) {
            if (const auto digest = crypto::Digest::from_hex(*text)) {
                return *digest;
            }
        }
    }
    const crypto::Digest digest = crypto::sha256_of_file(fd, name);
    if (settled && key_of(status_of(fd, name)) == key) {
        store_.put_record(record_kind, key, digest.hex());
    }
    return digest;
}

void FileDigests::remember(int fd, const std::string& name, const crypto::Digest& digest) const {
    const struct stat status = status_of(fd, name);
    if (is_settled(status)) {
        store_.put_record(record_kind, key_of(status), digest.hex());
    }
}

} // namespace imgbuild::store
