// SPDX-License-Identifier: Apache-2.0
#include "images/image_store.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/nearest_name.hpp"
#include "base/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace imgbuild::images {

namespace {

constexpr std::string_view own_name = ".imgbuild";

bool may_stand_in_a_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':' || c == '-';
}

std::string made(const std::string& path) {
    base::with_context(
        [] { return std::string("preparing the directory of the images"); },
        [&] { base::make_directories(path); });
    return path;
}

std::string read_only_mark(const ImageStore& store, const std::string& name) {
    return base::join_path(store.directory(name), "readonly");
}

} // namespace

void ImageStore::check_name(std::string_view name) {
    const bool is_possible = !name.empty() && name.size() < 200 && name != "." && name != ".." &&
                             name != own_name &&
                             std::all_of(name.begin(), name.end(), may_stand_in_a_name);
    if (!is_possible) {
        throw base::UsageError(
            fmt::format("\"{}\" can't be the name of an image", base::printable(name)))
            .set_hint("names consist of letters, digits and the characters _ . : -");
    }
}

std::string ImageStore::directory(const std::string& name) const {
    check_name(name);
    return base::join_path(locations_.chroots, name);
}

std::string ImageStore::root_path(const std::string& name) const {
    return base::join_path(directory(name), "rootfs");
}

std::string ImageStore::real_root_path(const std::string& name) const {
    return base::real_path(root_path(name));
}

std::string ImageStore::own_directory(const std::string& name) const {
    return base::join_path(directory(name), "imgbuild");
}

std::string ImageStore::output(const std::string& name) const {
    return plain_output(name) + ".gz";
}

std::string ImageStore::plain_output(const std::string& name) const {
    check_name(name);
    return base::join_path(locations_.output, name + ".img");
}

bool ImageStore::has(const std::string& name) const {
    return base::is_directory(root_path(name));
}

void ImageStore::require(const std::string& name) const {
    if (!has(name)) {
        fail_missing(name);
    }
}

void ImageStore::fail_missing(const std::string& name) const {
    base::UsageError error(fmt::format("there is no image {}", name));
    const std::vector<std::string> all = names();
    const std::string proposal = base::did_you_mean(name, {all.begin(), all.end()});
    error.set_hint(
        proposal.empty() ? fmt::format("the images are in {}", locations_.chroots) : proposal);
    throw error;
}

std::vector<std::string> ImageStore::names() const {
    const std::unique_ptr<DIR, base::Deleter<::closedir>> directory(
        ::opendir(locations_.chroots.c_str()));
    if (!directory) {
        if (errno == ENOENT) {
            return {};
        }
        base::throw_errno(fmt::format("reading the directory {}", locations_.chroots));
    }
    std::vector<std::string> names;
    while (const dirent* const entry = ::readdir(directory.get())) {
        const std::string name = entry->d_name;
        if (name != own_name && std::all_of(name.begin(), name.end(), may_stand_in_a_name) &&
            name != "." && name != ".." && has(name)) {
            names.push_back(name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

root::Root ImageStore::open_root(const std::string& name) const {
    std::optional<root::Root> root = find_root(name);
    if (!root) {
        fail_missing(name);
    }
    return std::move(*root);
}

std::optional<root::Root> ImageStore::find_root(const std::string& name) const {
    const std::string path = root_path(name);
    base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::nullopt;
        }
        base::throw_errno(fmt::format("opening {}", path));
    }
    return root::Root(std::move(fd), fmt::format("the image {}", name));
}

store::WorkDirectory ImageStore::make_work_directory(const std::stop_token& stop) const {
    const std::string place =
        made(base::join_path(base::join_path(locations_.chroots, own_name), "work"));
    store::remove_abandoned_work(place, stop);
    return store::make_work_directory(place, stop);
}

std::string ImageStore::lock_place() const {
    return made(base::join_path(base::join_path(locations_.chroots, own_name), "locks"));
}

bool is_read_only(const ImageStore& store, const std::string& name) {
    return base::exists(read_only_mark(store, name));
}

void require_writable(const ImageStore& store, const std::string& name) {
    if (is_read_only(store, name)) {
        throw base::UsageError(fmt::format("the image {} is marked as read-only", name))
            .set_hint(fmt::format(
                "remove {} to change the image, or copy it", read_only_mark(store, name)));
    }
}

} // namespace imgbuild::images
