// SPDX-License-Identifier: Apache-2.0
#include "helpers/files.hpp"

#include "base/unique_fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace imgbuild::helpers {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void write_all(int fd, std::string_view text, const std::string& name) {
    while (!text.empty()) {
        const ssize_t size = ::write(fd, text.data(), text.size());
        if (size < 0 && errno != EINTR) {
            fail(name);
        }
        text.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
}

std::optional<mode_t> mode_of(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 ? std::optional(status.st_mode) : std::nullopt;
}

} // namespace

bool exists(const std::string& path) {
    return mode_of(path).has_value();
}

bool is_file(const std::string& path) {
    const auto mode = mode_of(path);
    return mode && S_ISREG(*mode);
}

bool is_directory(const std::string& path) {
    const auto mode = mode_of(path);
    return mode && S_ISDIR(*mode);
}

bool is_executable(const std::string& path) {
    return ::access(path.c_str(), X_OK) == 0;
}

bool is_link(const std::string& path) {
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

std::optional<std::string> link_target(const std::string& path) {
    std::array<char, PATH_MAX> target = {};
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    if (size < 0) {
        return std::nullopt;
    }
    return std::string(target.data(), static_cast<std::size_t>(size));
}

std::optional<std::string> read_text(const std::string& path) {
    const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        return std::nullopt;
    }
    std::string text;
    std::array<char, 16384> buffer = {};
    for (;;) {
        const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
        if (size == 0) {
            return text;
        }
        if (size < 0) {
            return std::nullopt;
        }
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

std::vector<std::string> names_in(const std::string& directory) {
    std::vector<std::string> names;
    const auto close = [](DIR* stream) { ::closedir(stream); };
    const std::unique_ptr<DIR, decltype(close)> stream(::opendir(directory.c_str()), close);
    while (const dirent* const entry = stream ? ::readdir(stream.get()) : nullptr) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") {
            names.push_back(name);
        }
    }
    return names;
}

void make_path(const std::string& path) {
    for (std::size_t slash = 0; slash != std::string::npos;) {
        slash = path.find('/', slash + 1);
        const std::string prefix = path.substr(0, slash);
        if (::mkdir(prefix.c_str(), 0777) != 0 && !is_directory(prefix)) {
            fail(prefix);
        }
    }
}

void replace_file(
    const std::string& path,
    const std::string& temporary_start,
    const std::string& temporary_end,
    std::string_view text) {
    std::string temporary = directory_of(path) + "/" + temporary_start + "XXXXXX" + temporary_end;
    const base::UniqueFd file(
        ::mkostemps(temporary.data(), static_cast<int>(temporary_end.size()), O_CLOEXEC));
    if (!file) {
        fail(temporary);
    }
    try {
        write_all(file.get(), text, temporary);
        if (::fchmod(file.get(), 0644) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
            fail(path);
        }
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
}

void touch(const std::string& path) {
    const base::UniqueFd file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    if (!file) {
        fail(path);
    }
}

void make_link(const std::string& target, const std::string& path) {
    if (::symlink(target.c_str(), path.c_str()) != 0) {
        fail(path);
    }
}

void remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0) {
        fail(path);
    }
}

void move_file(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        fail(to);
    }
}

void touch_temporary_directory() {
    const char* const directory = ::getenv("TMPDIR");
    std::string path = directory == nullptr || *directory == '\0' ? "/tmp" : directory;
    path += "/imgbuild.XXXXXX";
    const base::UniqueFd file(::mkostemp(path.data(), O_CLOEXEC));
    if (!file || ::unlink(path.c_str()) != 0) {
        fail(path);
    }
}

void remove_empty_directories(const std::string& directory) {
    for (const std::string& name : names_in(directory)) {
        const std::string path = directory + "/" + name;
        if (name.front() != '.' && is_directory(path)) {
            remove_empty_directories(path);
        }
    }
    (void)::rmdir(directory.c_str());
}

void print(int fd, std::string_view text) {
    write_all(fd, text, "output");
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::string directory_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

} // namespace imgbuild::helpers
