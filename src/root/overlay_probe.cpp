// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "root/namespaces.hpp"
#include "root/overlay_driver.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace imgbuild::root {

namespace {

/// Removes a file and replaces a directory of the layer below, as packages do.
void change(const std::string& root) {
    if (::unlink((root + "/file").c_str()) != 0 || ::rmdir((root + "/directory").c_str()) != 0 ||
        ::mkdir((root + "/directory").c_str(), 0755) != 0) {
        base::throw_errno("changing files in an overlay");
    }
}

/// What is wrong with what an overlay left in its upper directory; empty if nothing is.
std::string problem_in(const std::string& upper, bool user_attributes) {
    struct stat status = {};
    if (::lstat((upper + "/file").c_str(), &status) != 0 || !S_ISCHR(status.st_mode) ||
        status.st_rdev != ::makedev(0, 0)) {
        return "its file system can't hold whiteouts";
    }
    const char* const opaque = user_attributes ? "user.overlay.opaque" : "trusted.overlay.opaque";
    char value = 0;
    if (::lgetxattr((upper + "/directory").c_str(), opaque, &value, 1) != 1 || value != 'y') {
        return fmt::format("its file system can't hold the attribute {}", opaque);
    }
    return {};
}

OverlaySupport probe(const store::Store& store, const OverlayOptions& options) {
    OverlaySupport support;
    support.options = options;
    const store::WorkDirectory work = store.make_work_directory();
    const std::string lower = base::join_path(work.path(), "lower");
    const std::string upper = base::join_path(work.path(), "upper");
    base::make_directories(lower + "/directory");
    base::make_directories(upper);
    base::open_at(AT_FDCWD, lower + "/file", O_WRONLY | O_CREAT, 0644);
    try {
        OverlayMount mount(work.path(), {lower}, support.options);
        change(mount.path());
        mount.unmount();
        support.problem = problem_in(upper, support.options.user_attributes);
    } catch (const base::Error& error) {
        support.problem = error.what();
    }
    // The kernel turns the index off by itself where it can't have one.
    support.options.index =
        support.options.index && base::is_directory(work.path() + "/work/index");
    return support;
}

} // namespace

OverlaySupport probe_overlay(const store::Store& store, MountWay way) {
    OverlayOptions options = {.way = way, .user_attributes = true, .index = false};
    if (id_mapping_name() != "host") {
        return probe(store, options);
    }
    OverlaySupport support = probe(store, {.way = way, .user_attributes = false, .index = true});
    if (!support.problem.empty()) {
        // A container's root is in a user namespace that imgbuild did not make.
        const OverlaySupport other = probe(store, options);
        support = other.problem.empty() ? other : support;
    }
    return support;
}

} // namespace imgbuild::root
