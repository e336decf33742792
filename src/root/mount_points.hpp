// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/root.hpp"

#include <string>
#include <vector>

namespace imgbuild::root {

/// Makes places for mounts where an image has none, and removes them in the end, so that they don't
/// become a part of the image. Directories that nothing else changed
/// keep the times they had before. Refers to its Root.
class MountPoints {
public:
    explicit MountPoints(const Root& root)
        : root_(root) {}

    MountPoints(const MountPoints&) = delete;
    MountPoints& operator=(const MountPoints&) = delete;
    /// Removes what was made and is still empty.
    ~MountPoints();

    /// Makes `path` (with what is missing above it) unless something stands there.
    /// @returns where that is when all links are followed.
    std::string add(const std::string& path, bool is_directory);

private:
    struct Made {
        Place place;
        bool is_directory = false;
        timespec parent_time_before = {};
        timespec parent_time_after = {};
    };

    void add(const std::string& path, bool is_directory, int links);
    void make(const std::string& path, bool is_directory);
    static void remove(const Made& made) noexcept;

    const Root& root_;
    std::vector<Made> made_;
};

} // namespace imgbuild::root
