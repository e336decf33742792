// SPDX-License-Identifier: Apache-2.0
#include "oci/hiding.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"
#include "base/unique_fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace imgbuild::oci {

std::vector<std::string> names_in(int directory) {
    base::UniqueFd fd(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, base::Deleter<::closedir>> stream(
        fd ? ::fdopendir(fd.get()) : nullptr);
    if (!stream) {
        base::throw_errno("listing the directory");
    }
    (void)fd.release();
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(stream.get());
        if (entry == nullptr) {
            break;
        }
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    if (errno != 0) {
        base::throw_errno("listing the directory");
    }
    return names;
}

void remove_unless(
    int parent,
    const std::string& name,
    const std::string& path,
    const std::function<bool(const std::string& path)>& stays) {
    struct stat status = {};
    if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) {
            return;
        }
        base::throw_errno("looking at what is hidden");
    }
    int flags = 0;
    if (S_ISDIR(status.st_mode)) {
        flags = AT_REMOVEDIR;
        const base::UniqueFd directory(
            ::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!directory) {
            base::throw_errno("opening a directory that is hidden");
        }
        for (const std::string& child : names_in(directory.get())) {
            remove_unless(directory.get(), child, path + "/" + child, stays);
        }
    }
    if (stays(path) || ::unlinkat(parent, name.c_str(), flags) == 0) {
        return;
    }
    if (errno != ENOTEMPTY && errno != EEXIST) {
        base::throw_errno("removing what is hidden");
    }
}

} // namespace imgbuild::oci
