// SPDX-License-Identifier: Apache-2.0
#include "oci/unpack_place.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_name.hpp"
#include "base/text.hpp"
#include "oci/hiding.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace imgbuild::oci {

UnpackPlace::UnpackPlace(std::string directory)
    : directory_(std::move(directory)) {
    is_new_ = ::mkdir(directory_.c_str(), 0755) == 0;
    if (!is_new_ && errno != EEXIST) {
        base::throw_errno(fmt::format("making the directory {}", base::printable(directory_)));
    }
    fd_ = base::open_at(AT_FDCWD, directory_, O_RDONLY | O_DIRECTORY);
    if (!names_in(fd_.get()).empty()) {
        base::UsageError error(fmt::format("{} is not empty", base::printable(directory_)));
        error.set_hint("name a directory that is empty or does not exist yet");
        throw error;
    }
    try {
        make_staging();
    } catch (...) {
        clear();
        throw;
    }
}

void UnpackPlace::make_staging() {
    staging_ = ".imgbuild-" + base::random_name();
    // Closed to others: what is in it may be setuid, and is not verified yet.
    if (::mkdirat(fd_.get(), staging_.c_str(), 0700) != 0 ||
        ::mkdirat(fd_.get(), (staging_ + "/root").c_str(), 0755) != 0) {
        base::throw_errno(fmt::format("writing into {}", base::printable(directory_)));
    }
    base::UniqueFd fd = base::open_at(fd_.get(), staging_ + "/root", O_RDONLY | O_DIRECTORY);
    const std::array<timespec, 2> times = {};
    if (::fchmod(fd.get(), 0755) != 0 || ::fchown(fd.get(), 0, 0) != 0 ||
        ::futimens(fd.get(), times.data()) != 0) {
        base::throw_errno(fmt::format("writing into {}", base::printable(directory_)));
    }
    root_.emplace(std::move(fd), directory_);
}

UnpackPlace::~UnpackPlace() {
    if (!is_published_) {
        clear();
    }
}

/// The directory was empty before, so all that is in it is ours.
void UnpackPlace::clear() noexcept {
    try {
        for (const std::string& name : names_in(fd_.get())) {
            base::remove_tree(fd_.get(), name);
        }
    } catch (...) {
        // What can't be removed now could not be removed by another attempt either; the error that
        // led here is the one to be seen.
        return;
    }
    if (is_new_) {
        (void)::rmdir(directory_.c_str());
    }
}

void UnpackPlace::publish() {
    // Now: moving changes the time.
    struct stat status = {};
    if (::fstat(root_->fd(), &status) != 0) {
        base::throw_errno(fmt::format("finishing {}", base::printable(directory_)));
    }
    for (const std::string& name : names_in(root_->fd())) {
        if (::renameat(root_->fd(), name.c_str(), fd_.get(), name.c_str()) != 0) {
            base::throw_errno(fmt::format(
                "moving {} into {}", base::printable(name), base::printable(directory_)));
        }
    }
    base::remove_tree(fd_.get(), staging_);
    const std::array<timespec, 2> times = {status.st_mtim, status.st_mtim};
    if (::fchown(fd_.get(), status.st_uid, status.st_gid) != 0 ||
        ::fchmod(fd_.get(), status.st_mode & 07777U) != 0 ||
        ::futimens(fd_.get(), times.data()) != 0) {
        base::throw_errno(fmt::format("finishing {}", base::printable(directory_)));
    }
    is_published_ = true;
}

} // namespace imgbuild::oci
