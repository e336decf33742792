// SPDX-License-Identifier: Apache-2.0
#include "package/image_helpers.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "crypto/digest.hpp"
#include "helpers/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace imgbuild::package {
namespace {

using helpers::known_helpers;

constexpr const char* program_name = ".program";

bool same_file(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
           a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
           a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

/// Empty if it is no file that could be run.
std::string digest_of(const root::Root& root, std::string_view path) {
    const base::UniqueFd file = root.try_open(path, O_RDONLY | O_NOFOLLOW);
    struct stat status = {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        (status.st_mode & 0111U) == 0) {
        return {};
    }
    return crypto::sha256_of_file(file.get(), std::string(path)).hex();
}

} // namespace

ImageHelpers::ImageHelpers(const store::Store& store, const base::Context& context)
    : directory_(store.make_work_directory())
    , context_(context) {
    const std::string path = base::join_path(directory_.path(), program_name);
    const base::UniqueFd file = base::open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0755);
    base::write_all(file.get(), helpers::program(), path);
    // Scripts run programs as other users of the image, too.
    if (::fchmod(file.get(), 0755) != 0 || ::chmod(directory_.path().c_str(), 0755) != 0) {
        base::throw_errno(fmt::format("changing the mode of {}", path));
    }
}

void ImageHelpers::look_at(const root::Root& root) {
    for (std::size_t i = 0; i < known_helpers.size(); ++i) {
        const bool is_known = this->is_known(root, i);
        if (is_known == seen_[i].is_shown) {
            continue;
        }
        const std::string path = base::join_path(directory_.path(), known_helpers[i].name);
        const int done = is_known ? ::symlink(program_name, path.c_str()) : ::unlink(path.c_str());
        if (done != 0) {
            base::throw_errno(fmt::format("changing {}", path));
        }
        seen_[i].is_shown = is_known;
    }
}

/// Whether the root has a helper in a version that is known.
bool ImageHelpers::is_known(const root::Root& root, std::size_t number) {
    const helpers::KnownHelper& helper = known_helpers[number];
    Seen& seen = seen_[number];
    const auto status = root.status(helper.path);
    if (!status) {
        return false;
    }
    if (!same_file(*status, seen.status)) {
        seen.status = *status;
        const std::string digest = digest_of(root, helper.path);
        seen.is_known =
            !digest.empty() && (helper.digests.front().empty() ||
                                std::find(helper.digests.begin(), helper.digests.end(), digest) !=
                                    helper.digests.end());
        if (!seen.is_known) {
            context_.reporter.output(fmt::format(
                "{} is of a version that imgbuild does not know: scripts get the image's own",
                helper.name));
        }
    }
    return seen.is_known;
}

void ImageHelpers::add_to(root::SandboxCommand& command) const {
    command.binds.push_back(
        {.source = directory_.path(), .target = std::string(place), .read_only = true});
    std::string& path = command.environment["PATH"];
    path = fmt::format("{}:{}", place, path);
}

} // namespace imgbuild::package
