// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"

#include <string>
#include <vector>

namespace imgbuild::build {

/// Where the next result of a target directory is made: on the same file system, so that it can be moved.
class StagingPlace {
public:
    /// The place to use for `target`: beside it, where the new directory can take its place as a whole;
    /// inside it, if it has to stay the directory that it is: a mount point, a directory somebody works
    /// in, or one whose parent may not be written.
    /// @param target absolute or relative, without links at its end; need not exist.
    static StagingPlace for_target(const std::string& target);

    /// All places that may have been used for `target`.
    static std::vector<StagingPlace> all_for_target(const std::string& target);

    bool is_beside() const noexcept { return is_beside_; }

    /// Makes missing parents, and finds out whether something can be made here.
    /// @throws base::SystemError, base::UsageError (something in the way is no directory) if not.
    void require_writable() const;

    struct Directory {
        std::string path;
        /// Held as long as it is in use: whoever finds the directory unlocked may remove it.
        base::UniqueFd lock;
    };

    /// A new, private directory.
    Directory make() const;

    /// Removes what processes that ended left here.
    void remove_leftovers() const;

private:
    StagingPlace(std::string directory, std::string prefix, bool is_beside);

    std::string random_path() const;

    std::string directory_;
    /// Of the names of directories that are made.
    std::string prefix_;
    bool is_beside_;
};

} // namespace imgbuild::build
