// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"
#include "root/root.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::root {

/// Finds directories of a root the way a process inside the image would, and keeps those on the way
/// open: an archive's entries come directory by directory, so most are found without a system call.
///
/// The kernel never follows a link for it: each step opens one name with O_NOFOLLOW, and links are
/// read and followed here, inside the root. So it is known which links led to a place.
///
/// Nobody else may remove directories of the root meanwhile. Not thread-safe.
class DirectoryWalk {
public:
    /// @param root outlives the walk.
    explicit DirectoryWalk(const Root& root)
        : root_(root) {}

    enum class Arrival {
        /// All of the path exists.
        there,
        /// The last parts of the path don't exist; `make_missing` makes them.
        partly,
        /// Something on the path is neither a directory nor a link to one; see `obstacle`.
        blocked,
    };

    /// Goes to the directory `path`: names with single slashes between them, "" is the root.
    Arrival enter(std::string_view path);

    /// Makes what is missing, for root, with mode 0755.
    void make_missing();

    /// The directory's descriptor (O_PATH). Nothing of it may be missing.
    int fd() const { return depth_ == 0 ? root_.fd() : levels_[depth_ - 1].fd.get(); }

    /// The directory's path without any links, also of what is missing.
    const std::string& path() const { return path_; }

    /// How many of the path's last parts don't exist.
    std::size_t missing() const { return missing_.size(); }

    /// The path of an entry of the directory.
    std::string path_of(std::string_view name) const;

    /// What blocked the way.
    const std::string& obstacle() const { return obstacle_; }

    struct Link {
        std::string path;
        std::string target;
    };

    /// The links that were followed.
    const std::vector<Link>& links() const { return links_; }

    /// The link that climbed above the root, which the root held back.
    const std::optional<Link>& escape() const { return escape_; }

    /// The entry `name` of the directory was removed.
    void forget(std::string_view name);

    /// Something was removed somewhere.
    void forget_all();

private:
    struct Level {
        std::string name;
        base::UniqueFd fd;
    };

    /// @returns false if the way is blocked.
    bool step(const std::string& name, std::vector<std::string>& pending);
    void step_up();
    bool follow(const std::string& name, std::vector<std::string>& pending);
    void update_path();

    const Root& root_;
    /// Directories that are known to be no links; the first `depth_` are the way to the current one.
    std::vector<Level> levels_;
    std::size_t depth_ = 0;
    std::vector<std::string> missing_;
    std::vector<Link> links_;
    std::optional<Link> escape_;
    std::optional<std::string> entered_;
    Arrival arrival_ = Arrival::there;
    std::string path_;
    std::string obstacle_;
};

} // namespace imgbuild::root
