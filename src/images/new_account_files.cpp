// SPDX-License-Identifier: Apache-2.0
#include "images/new_account_files.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "tree/file_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace imgbuild::images {

namespace {

void check(bool is_good, const std::string& path) {
    if (!is_good) {
        base::throw_errno(fmt::format("writing /{} of the image", path));
    }
}

/// Of a file that the image did not have.
mode_t usual_mode(std::string_view path) {
    return path.ends_with("shadow") ? 0640 : 0644;
}

} // namespace

NewAccountFiles::NewAccountFiles(
    const root::Root& root, const std::map<std::string, std::string>& contents)
    : root_(root) {
    for (const auto& [path, content] : contents) {
        write(path, content);
    }
    // Begun for all of them before the first one is waited for: the others are done then, too.
    for (const File& file : files_) {
        (void)::sync_file_range(file.fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
    }
    for (const File& file : files_) {
        check(::fsync(file.fd.get()) == 0, file.path);
    }
}

NewAccountFiles::~NewAccountFiles() {
    for (const File& file : files_) {
        if (file.is_waiting) {
            ::unlinkat(file.place.parent.get(), file.waiting_name.c_str(), 0);
        }
    }
}

void NewAccountFiles::write(const std::string& path, const std::string& content) {
    root::Place place = root_.place_of(path);
    // Always the same name: what a killed process left is in the way and goes.
    std::string waiting_name = ".imgbuild-" + place.name;
    base::remove_tree(place.parent.get(), waiting_name);
    base::UniqueFd fd(::openat(
        place.parent.get(),
        waiting_name.c_str(),
        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
        0600));
    check(static_cast<bool>(fd), path);
    files_.push_back({path, std::move(place), std::move(waiting_name), std::move(fd)});
    base::write_all(files_.back().fd.get(), content, fmt::format("/{} of the image", path));
}

void NewAccountFiles::put_in_place() {
    for (File& file : files_) {
        put_in_place(file);
    }
}

void NewAccountFiles::put_in_place(File& file) {
    const int parent = file.place.parent.get();
    const char* const name = file.place.name.c_str();
    const int fd = file.fd.get();
    struct stat former = {};
    if (::fstatat(parent, name, &former, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(former.st_mode)) {
        check(::fchown(fd, former.st_uid, former.st_gid) == 0, file.path);
        check(::fchmod(fd, former.st_mode & 07777U) == 0, file.path);
        for (const auto& [key, value] : tree::attributes_at(parent, name, file.path)) {
            check(::fsetxattr(fd, key.c_str(), value.data(), value.size(), 0) == 0, file.path);
        }
    } else {
        check(::fchmod(fd, usual_mode(file.path)) == 0, file.path);
    }
    check(::renameat(parent, file.waiting_name.c_str(), parent, name) == 0, file.path);
    file.is_waiting = false;
}

} // namespace imgbuild::images
