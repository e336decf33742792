// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"
#include "base/random_name.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace imgbuild::base {

UniqueFd open_at(int directory, const std::string& path, int flags, mode_t mode) {
    UniqueFd fd(::openat(directory, path.c_str(), flags | O_CLOEXEC, mode));
    if (!fd) {
        throw_errno(fmt::format("opening {}", path));
    }
    return fd;
}

std::string read_all(int fd, const std::string& name, std::size_t limit) {
    std::string content;
    struct stat status = {};
    if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        content.reserve(std::min(limit, static_cast<std::size_t>(status.st_size)) + 1);
    }
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno(fmt::format("reading {}", name));
        }
        if (got == 0) {
            return content;
        }
        if (static_cast<std::size_t>(got) > limit - content.size()) {
            throw Error(fmt::format("{} is larger than {} bytes", name, limit));
        }
        content.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

std::string read_file(const std::string& path, std::size_t limit) {
    const UniqueFd fd = open_at(AT_FDCWD, path, O_RDONLY);
    return read_all(fd.get(), path, limit);
}

void write_all(int fd, std::span<const std::byte> bytes, const std::string& name) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno(fmt::format("writing {}", name));
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void write_all(int fd, std::string_view text, const std::string& name) {
    write_all(fd, std::as_bytes(std::span(text.data(), text.size())), name);
}

std::size_t
read_at(int fd, std::span<std::byte> buffer, std::uint64_t offset, const std::string& name) {
    std::size_t done = 0;
    while (done < buffer.size()) {
        const ssize_t got = ::pread(
            fd, buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw_errno(fmt::format("reading {}", name));
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void replace_file(const std::string& path, std::string_view content, mode_t mode) {
    const std::string temporary = fmt::format("{}.{}", path, random_name());
    UniqueFd fd = open_at(AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
    try {
        write_all(fd.get(), content, path);
        if (::fsync(fd.get()) != 0) {
            throw_errno(fmt::format("writing {}", path));
        }
        if (::close(fd.release()) != 0) {
            throw_errno(fmt::format("writing {}", path));
        }
        if (::rename(temporary.c_str(), path.c_str()) != 0) {
            throw_errno(fmt::format("replacing {}", path));
        }
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
}

void make_directories(const std::string& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) == 0) {
        return;
    }
    if (errno == ENOENT) {
        const std::size_t slash = path.find_last_not_of('/') == std::string::npos
                                      ? std::string::npos
                                      : path.rfind('/', path.find_last_not_of('/'));
        if (slash != std::string::npos && slash > 0) {
            make_directories(path.substr(0, slash), mode);
            if (::mkdir(path.c_str(), mode) == 0) {
                return;
            }
        }
    }
    if (errno == EEXIST) {
        if (is_directory(path)) {
            return;
        }
        errno = ENOTDIR;
    }
    throw_errno(fmt::format("making the directory {}", path));
}

bool exists(const std::string& path) {
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0;
}

bool is_directory(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string real_path(const std::string& path) {
    std::optional<std::string> real = try_real_path(path);
    if (!real) {
        throw_errno(fmt::format("looking for {}", path));
    }
    return std::move(*real);
}

std::optional<std::string> try_real_path(const std::string& path) {
    const std::unique_ptr<char, Deleter<std::free>> real(::realpath(path.c_str(), nullptr));
    return real ? std::optional<std::string>(real.get()) : std::nullopt;
}

std::uint64_t free_space(const std::string& path) {
    std::string place = path.empty() ? "." : path;
    struct statvfs status = {};
    while (::statvfs(place.c_str(), &status) != 0) {
        if (errno != ENOENT) {
            throw_errno(fmt::format("asking for the free space at {}", path));
        }
        const std::size_t slash = place.rfind('/');
        place = slash == std::string::npos ? "." : slash == 0 ? "/" : place.substr(0, slash);
    }
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

std::string join_path(std::string_view directory, std::string_view name) {
    std::string path(directory);
    while (path.size() > 1 && path.back() == '/') {
        path.pop_back();
    }
    if (!path.empty() && path.back() != '/') {
        path += '/';
    }
    path += name;
    return path;
}

} // namespace imgbuild::base
