// SPDX-License-Identifier: Apache-2.0
#include "boot/initrd.hpp"

#include "archive/reader.hpp"
#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_name.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace imgbuild::boot {

namespace {

void append_file(
    int to, const std::string& target, const std::string& source, const base::Context& context) {
    const base::UniqueFd from = base::open_at(AT_FDCWD, source, O_RDONLY);
    std::vector<char> buffer(std::size_t{1} << 20U);
    for (;;) {
        base::throw_if_stopped(context.stop);
        const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
        if (got < 0 && errno != EINTR) {
            base::throw_errno(fmt::format("reading {}", source));
        }
        if (got == 0) {
            break;
        }
        if (got > 0) {
            base::write_all(
                to, std::string_view(buffer.data(), static_cast<std::size_t>(got)), target);
        }
    }
    // The kernel wants every archive to start at a multiple of four bytes.
    const off_t end = ::lseek(to, 0, SEEK_CUR);
    base::write_all(
        to, std::string_view("\0\0\0", static_cast<std::size_t>((4 - end % 4) % 4)), target);
}

/// One newc entry (kernel documentation: driver-api/early-userspace/buffer-format).
std::string newc_entry(const std::string& name, unsigned mode, const std::string& content) {
    std::string entry = fmt::format(
        "070701{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{}",
        0,
        mode,
        0,
        0,
        1,
        0,
        content.size(),
        0,
        0,
        0,
        0,
        name.size() + 1,
        0,
        name);
    entry += '\0';
    entry.resize((entry.size() + 3) / 4 * 4, '\0');
    entry += content;
    entry.resize((entry.size() + 3) / 4 * 4, '\0');
    return entry;
}

constexpr const char* tmpfs_init = R"sh(#!/bin/sh
# Copies the image out of the initramfs into a tmpfs and runs it from there.
set -e
mkdir -p /proc /sys /dev /run /newroot
mount -t proc proc /proc
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs -o mode=0755,size=90% tmpfs /newroot
tar -c --exclude ./proc --exclude ./sys --exclude ./dev --exclude ./run --exclude ./newroot --exclude ./init \
    -C / . | tar -x -C /newroot
mkdir -p /newroot/proc /newroot/sys /newroot/dev /newroot/run
umount /proc
mount --move /dev /newroot/dev
exec switch_root /newroot /sbin/init
)sh";

} // namespace

Initrd::Initrd(
    const std::string& image,
    const std::vector<std::string>& overlays,
    const std::string& extra,
    const base::Context& context)
    : path_(image) {
    if (overlays.empty() && extra.empty()) {
        return;
    }
    const char* const directory = std::getenv("TMPDIR");
    const std::string name = fmt::format("imgbuild-initrd-{}", base::random_name());
    path_ =
        base::join_path(directory != nullptr && *directory != '\0' ? directory : "/var/tmp", name);
    const base::UniqueFd fd = base::open_at(AT_FDCWD, path_, O_WRONLY | O_CREAT | O_EXCL, 0600);
    is_temporary_ = true;
    try {
        append_file(fd.get(), path_, image, context);
        for (const std::string& overlay : overlays) {
            append_file(fd.get(), path_, overlay, context);
        }
        base::write_all(fd.get(), extra, path_);
    } catch (...) {
        ::unlink(path_.c_str());
        throw;
    }
}

Initrd::~Initrd() {
    if (is_temporary_) {
        ::unlink(path_.c_str());
    }
}

bool bring_init(const std::vector<std::string>& overlays) {
    for (const std::string& overlay : overlays) {
        archive::Reader reader = archive::Reader::open_file(overlay);
        while (const auto next = reader.next()) {
            if (next->entry.path == "init" || next->entry.path == "./init") {
                return true;
            }
        }
    }
    return false;
}

std::string tmpfs_overlay() {
    return newc_entry("init", 0100755, tmpfs_init) + newc_entry("TRAILER!!!", 0, "");
}

} // namespace imgbuild::boot
