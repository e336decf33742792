// SPDX-License-Identifier: Apache-2.0
#include "oci/hidden_entries.hpp"

#include "oci/hiding.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace imgbuild::oci {

namespace {

std::string join(const std::string& directory, const std::string& name) {
    return directory.empty() ? name : directory + "/" + name;
}

bool is_directory(const root::Root& root, const std::string& path) {
    const std::optional<struct stat> status = root.status(path);
    return status && S_ISDIR(status->st_mode);
}

class Hider {
public:
    Hider(const root::Root& layer, const std::vector<root::Root>& below)
        : layer_(layer)
        , below_(below) {}

    /// Hides everything that lower layers have in the directory and this layer has not.
    void hide_in(const std::string& directory) {
        std::set<std::string> names;
        for (const root::Root& lower : below_) {
            if (is_directory(lower, directory)) {
                const std::vector<std::string> found = lower.list(directory);
                names.insert(found.begin(), found.end());
            }
        }
        for (const std::string& name : names) {
            const std::string path = join(directory, name);
            const std::optional<struct stat> status = layer_.status(path);
            if (!status) {
                found_.insert(path);
            } else if (S_ISDIR(status->st_mode)) {
                hide_in(path);
            }
        }
    }

    std::set<std::string, PathOrder> take() { return std::move(found_); }

private:
    const root::Root& layer_;
    const std::vector<root::Root>& below_;
    std::set<std::string, PathOrder> found_;
};

} // namespace

std::vector<std::string> whiteouts_of(
    const root::Root& layer, const std::vector<root::Root>& below, const LayerResult& result) {
    Hider hider(layer, below);
    for (const std::string& directory : result.opaque) {
        hider.hide_in(directory);
    }
    std::set<std::string, PathOrder> paths = hider.take();
    paths.insert(result.whiteouts.begin(), result.whiteouts.end());
    return {paths.begin(), paths.end()};
}

void give_lower_attributes(
    const root::Root& layer,
    const std::vector<root::Root>& below,
    const std::vector<std::string>& directories) {
    // From the bottom up, as a change in a directory changes its time.
    for (auto path = directories.rbegin(); path != directories.rend(); ++path) {
        const auto lower = std::find_if(below.begin(), below.end(), [&](const root::Root& root) {
            return is_directory(root, *path);
        });
        if (lower == below.end()) {
            continue;
        }
        const struct stat status = *lower->status(*path);
        layer.set_owner(*path, status.st_uid, status.st_gid);
        layer.set_mode(*path, status.st_mode & 07777U);
        layer.set_mtime(
            *path, {status.st_mtim.tv_sec, static_cast<std::uint32_t>(status.st_mtim.tv_nsec)});
    }
}

} // namespace imgbuild::oci
