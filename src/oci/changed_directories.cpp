// SPDX-License-Identifier: Apache-2.0
#include "oci/changed_directories.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "tree/xattr.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <iterator>

namespace imgbuild::oci {

using root::DirectoryWalk;

namespace {

/// What a lower layer's directory had and this layer's does not.
void remove_other_attributes(int directory, const tree::Entry& entry) {
    const std::string path = fmt::format("/proc/self/fd/{}/.", directory);
    std::array<char, 65536> names;
    const ssize_t size = ::listxattr(path.c_str(), names.data(), names.size());
    std::string_view left(names.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
    while (!left.empty()) {
        const std::string name(left.substr(0, left.find('\0')));
        left.remove_prefix(std::min(left.size(), name.size() + 1));
        const bool is_wanted =
            std::any_of(entry.xattrs.begin(), entry.xattrs.end(), [&](const auto& x) {
                return x.first == name;
            });
        if (!is_wanted && tree::belongs_to_image(name) &&
            ::removexattr(path.c_str(), name.c_str()) != 0 && errno != ENODATA) {
            base::throw_errno(
                fmt::format("removing the extended attribute {}", base::printable(name)));
        }
    }
}

} // namespace

void ChangedDirectories::set(const tree::Entry& entry) {
    Change& change = changes_[walk_.path()];
    change.entry = entry;
    change.is_implied = false;
}

void ChangedDirectories::touch() {
    if (last_touched_ == walk_.path()) {
        return;
    }
    last_touched_ = walk_.path();
    const auto [change, is_new] = changes_.try_emplace(walk_.path());
    if (!is_new) {
        return;
    }
    struct stat status = {};
    if (::fstat(walk_.fd(), &status) != 0) {
        base::throw_errno("looking at the directory");
    }
    change->second.mtime = {
        status.st_mtim.tv_sec, static_cast<std::uint32_t>(status.st_mtim.tv_nsec)};
}

void ChangedDirectories::make_missing() {
    const std::size_t count = walk_.missing();
    if (count == 0) {
        return;
    }
    const std::string path = walk_.path();
    std::string parent = path;
    for (std::size_t i = 0; i < count; ++i) {
        Change& change = changes_[parent];
        change.entry = tree::Entry{.type = tree::EntryType::directory, .mode = 0755};
        change.entry->path = parent;
        change.is_implied = true;
        const std::size_t slash = parent.rfind('/');
        parent.resize(slash == std::string::npos ? 0 : slash);
    }
    (void)walk_.enter(parent);
    touch();
    (void)walk_.enter(path);
    walk_.make_missing();
}

void ChangedDirectories::forget(
    const std::string& path, const std::function<bool(const std::string& path)>& stays) {
    auto change = changes_.lower_bound(path);
    while (change != changes_.end() && is_at_or_below(change->first, path)) {
        change = stays(change->first) ? std::next(change) : changes_.erase(change);
    }
    last_touched_.reset();
}

void ChangedDirectories::finish(
    root::EntryLabel& label,
    const std::string& layer,
    const std::function<void(const tree::Entry& entry)>& apply) {
    for (auto item = changes_.rbegin(); item != changes_.rend(); ++item) {
        const std::string& path = item->first;
        const Change& change = item->second;
        label.set(layer, path);
        const auto arrival = label.on([&] { return walk_.enter(path); });
        if (arrival != DirectoryWalk::Arrival::there || !walk_.links().empty()) {
            label.refuse("the directory was replaced while the layer was applied");
        }
        if (change.entry) {
            label.on([&] { remove_other_attributes(walk_.fd(), *change.entry); });
            apply(*change.entry);
            continue;
        }
        const timespec time = {change.mtime.seconds, static_cast<long>(change.mtime.nanoseconds)};
        const std::array<timespec, 2> times = {time, time};
        if (::utimensat(walk_.fd(), ".", times.data(), 0) != 0) {
            label.fail("setting the time");
        }
    }
}

std::vector<std::string> ChangedDirectories::implied() const {
    std::vector<std::string> paths;
    for (const auto& [path, change] : changes_) {
        if (change.is_implied) {
            paths.push_back(path);
        }
    }
    return paths;
}

} // namespace imgbuild::oci
