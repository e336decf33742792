// SPDX-License-Identifier: Apache-2.0
#include "root/overlay_mount.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

namespace imgbuild::root {

namespace {

using Option = std::pair<std::string, std::string>;

/// The kernel's own words about what it did not like, if it has any.
std::string kernel_log(int file_system) {
    std::array<char, 1024> buffer;
    std::string text;
    for (;;) {
        const ssize_t got = ::read(file_system, buffer.data(), buffer.size());
        if (got <= 0) {
            return text;
        }
        std::string_view line(buffer.data(), static_cast<std::size_t>(got));
        if (line.size() > 2 && line[1] == ' ') {
            line.remove_prefix(2);
        }
        while (line.ends_with('\n')) {
            line.remove_suffix(1);
        }
        text += fmt::format("{}{}", text.empty() ? "" : "; ", line);
    }
}

[[noreturn]] void throw_mount_error(int error_number, const std::string& log) {
    throw base::SystemError(
        error_number, log.empty() ? "mounting an overlay" : "mounting an overlay (" + log + ")");
}

/// Whether the kernel takes the lower directories one by one. One that does looks for the directory;
/// others know no such option, or keep it for later.
bool takes_one_by_one() {
    const base::UniqueFd fs(::fsopen("overlay", FSOPEN_CLOEXEC));
    return fs &&
           ::fsconfig(fs.get(), FSCONFIG_SET_STRING, "lowerdir+", "/proc/self/fd/-1", 0) != 0 &&
           errno == ENOENT;
}

std::vector<Option> fixed_options(const OverlayOptions& options, bool is_volatile) {
    std::vector<Option> result;
    if (options.user_attributes) {
        // Redirections and metadata-only copies are off in this mode.
        result.emplace_back("userxattr", "");
    } else {
        result.emplace_back("redirect_dir", "nofollow");
        result.emplace_back("metacopy", "off");
        result.emplace_back("index", options.index ? "on" : "off");
    }
    result.emplace_back("xino", "off");
    if (is_volatile) {
        // The layer is worth nothing before it is committed: no need to sync.
        result.emplace_back("volatile", "");
    }
    return result;
}

void mount_one_by_one(
    const std::vector<std::string>& lower,
    const std::vector<Option>& options,
    const std::string& target) {
    const base::UniqueFd fs(::fsopen("overlay", FSOPEN_CLOEXEC));
    if (!fs) {
        base::throw_errno("mounting an overlay");
    }
    const auto check = [&](int result) {
        if (result != 0) {
            const int error_number = errno;
            throw_mount_error(error_number, kernel_log(fs.get()));
        }
    };
    check(::fsconfig(fs.get(), FSCONFIG_SET_STRING, "source", "imgbuild", 0));
    for (const std::string& path : lower) {
        check(::fsconfig(fs.get(), FSCONFIG_SET_STRING, "lowerdir+", path.c_str(), 0));
    }
    for (const auto& [name, value] : options) {
        check(
            value.empty()
                ? ::fsconfig(fs.get(), FSCONFIG_SET_FLAG, name.c_str(), nullptr, 0)
                : ::fsconfig(fs.get(), FSCONFIG_SET_STRING, name.c_str(), value.c_str(), 0));
    }
    check(::fsconfig(fs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0));
    const base::UniqueFd mounted(
        ::fsmount(fs.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME));
    check(mounted ? 0 : -1);
    check(::move_mount(mounted.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH));
}

void mount_by_string(
    const std::vector<std::string>& lower,
    const std::vector<Option>& options,
    const std::string& target) {
    std::string text;
    for (const auto& [name, value] : options) {
        text += value.empty() ? name + "," : fmt::format("{}={},", name, value);
    }
    text += "lowerdir=";
    for (const std::string& path : lower) {
        text += path + ":";
    }
    text.pop_back();
    // The kernel cuts a longer string without a word.
    const auto limit = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    if (text.size() >= limit) {
        throw base::Error(fmt::format(
                              "mounting an overlay: {} layers need {} bytes of options, this "
                              "kernel takes {}",
                              lower.size(),
                              text.size(),
                              limit - 1))
            .set_hint("a kernel of version 6.7 or later has no such limit");
    }
    if (::mount("imgbuild", target.c_str(), "overlay", MS_NODEV | MS_NOATIME, text.c_str()) != 0) {
        base::throw_errno("mounting an overlay");
    }
}

} // namespace

OverlayMount::OverlayMount(
    std::string work, const std::vector<std::string>& lower, const OverlayOptions& options)
    : path_(base::join_path(work, "root")) {
    for (const char* const name : {"l", "work", "root"}) {
        base::make_directories(base::join_path(work, name));
    }
    const base::UniqueFd directory = base::open_at(AT_FDCWD, work, O_PATH | O_DIRECTORY);
    // Shorter than any path, and without characters that mean something in the options.
    const std::string here = fmt::format("/proc/self/fd/{}/", directory.get());
    std::vector<std::string> links;
    for (std::size_t i = 0; i < lower.size(); ++i) {
        const std::string link = fmt::format("l/{}", i);
        if (::symlinkat(lower[i].c_str(), directory.get(), link.c_str()) != 0) {
            base::throw_errno(fmt::format("making {}/{}", work, link));
        }
        links.push_back(here + link);
    }
    const bool one_by_one = options.way == MountWay::one_by_one ||
                            (options.way == MountWay::automatic && takes_one_by_one());
    const auto mount = [&](bool is_volatile) {
        std::vector<Option> all = fixed_options(options, is_volatile);
        all.emplace_back("upperdir", here + "upper");
        all.emplace_back("workdir", here + "work");
        one_by_one ? mount_one_by_one(links, all, path_) : mount_by_string(links, all, path_);
    };
    try {
        mount(true);
    } catch (const base::SystemError& error) {
        if (error.error_number() != EINVAL) {
            throw;
        }
        mount(false);
    }
    is_mounted_ = true;
}

OverlayMount::~OverlayMount() {
    if (is_mounted_) {
        (void)::umount2(path_.c_str(), MNT_DETACH);
    }
}

void OverlayMount::unmount() {
    if (is_mounted_ && ::umount2(path_.c_str(), 0) != 0) {
        base::throw_errno(fmt::format("unmounting {}", path_));
    }
    is_mounted_ = false;
}

} // namespace imgbuild::root
