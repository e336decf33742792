// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/file.hpp"
#include "tree/scan.hpp"

#include <fcntl.h>

#include <string>

namespace imgbuild::test {

/// A context that reports to nobody.
struct Quiet {
    base::SilentReporter reporter;
    base::ThreadPool pool{2};
    std::stop_source stop;
    base::Context context{reporter, pool, stop.get_token()};
};

/// What is in a directory, as a layer's inventory would say it.
inline tree::Inventory scan_content(const std::string& path, const base::Context& context) {
    const base::UniqueFd directory = base::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    return tree::scan(directory.get(), path, {.overlay_upper = true}, context);
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// Writes `bytes` over a file's content at `offset` and keeps its times: damage.
inline void damage(const std::string& path, off_t offset, std::string_view bytes) {
    struct stat status = {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    const base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_WRONLY);
    REQUIRE(::pwrite(fd.get(), bytes.data(), bytes.size(), offset) == ssize_t(bytes.size()));
    const timespec times[2] = {status.st_atim, status.st_mtim};
    REQUIRE(::futimens(fd.get(), times) == 0);
}

} // namespace imgbuild::test
