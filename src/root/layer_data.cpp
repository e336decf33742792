// SPDX-License-Identifier: Apache-2.0
#include "root/layer_data.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <vector>

namespace imgbuild::root {

namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18U;

/// For file systems where the kernel can't copy by itself.
void copy_through_memory(int source, int target, off_t from, off_t to, const std::string& name) {
    std::vector<std::byte> buffer(buffer_size);
    if (::lseek(target, from, SEEK_SET) < 0) {
        base::throw_errno(fmt::format("writing {}", name));
    }
    while (from < to) {
        const std::size_t wanted = std::min(buffer.size(), static_cast<std::size_t>(to - from));
        const std::size_t got = base::read_at(
            source, std::span(buffer).first(wanted), static_cast<std::uint64_t>(from), name);
        if (got == 0) {
            throw base::Error(fmt::format("{}: the file it is copied from became shorter", name));
        }
        base::write_all(target, std::span(buffer).first(got), name);
        from += static_cast<off_t>(got);
    }
}

void copy_range(int source, int target, off_t from, off_t to, const std::string& name) {
    while (from < to) {
        off_t read_offset = from;
        off_t write_offset = from;
        const ssize_t copied = ::copy_file_range(
            source, &read_offset, target, &write_offset, static_cast<std::size_t>(to - from), 0);
        if (copied < 0 && errno == EINTR) {
            continue;
        }
        if (copied <= 0) {
            if (copied < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO)) {
                base::throw_errno(fmt::format("writing {}", name));
            }
            return copy_through_memory(source, target, from, to, name);
        }
        from += copied;
    }
}

} // namespace

void copy_data(int source, int target, std::uint64_t size, const std::string& name) {
    if (::ioctl(target, FICLONE, source) == 0) {
        return;
    }
    const auto end = static_cast<off_t>(size);
    if (::ftruncate(target, end) != 0) {
        base::throw_errno(fmt::format("writing {}", name));
    }
    off_t position = 0;
    while (position < end) {
        off_t data = ::lseek(source, position, SEEK_DATA);
        if (data < 0 && errno == ENXIO) {
            return;
        }
        off_t hole = data < 0 ? -1 : ::lseek(source, data, SEEK_HOLE);
        if (data < 0 || hole < 0) {
            data = position;
            hole = end;
        }
        hole = std::min(hole, end);
        copy_range(source, target, data, hole, name);
        position = hole;
    }
}

} // namespace imgbuild::root
