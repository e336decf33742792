// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"

#include <ctime>
#include <optional>
#include <stop_token>
#include <string>

namespace imgbuild::store {

/// Private staging inside the store, on the same file system as its entries. Removed with its content
/// by the destructor, or by the next process that opens the store if this one is stopped or killed.
///
/// A work directory also says that a build is running: `Store::prune` keeps all that was used since the
/// oldest living one was made. So a build makes one before it looks for its first layer.
class WorkDirectory {
public:
    /// @param lock of the file `path`.lock, held for as long as the directory is in use.
    /// @param stop once requested, the destructor leaves the content where it is.
    WorkDirectory(std::string path, base::UniqueFd lock, std::stop_token stop);
    WorkDirectory(WorkDirectory&&) noexcept = default;
    WorkDirectory& operator=(WorkDirectory&&) noexcept;
    WorkDirectory(const WorkDirectory&) = delete;
    WorkDirectory& operator=(const WorkDirectory&) = delete;
    ~WorkDirectory();

    const std::string& path() const noexcept { return path_; }

private:
    void remove() noexcept;

    std::string path_;
    base::UniqueFd lock_;
    std::stop_token stop_;
};

/// Makes a directory in `place` with a lock beside it.
WorkDirectory make_work_directory(const std::string& place, std::stop_token stop);

/// A new file in `place` that counts as in use until its descriptor is closed.
struct LockedFile {
    std::string path;
    base::UniqueFd fd;
};

/// @param suffix ".lock" of a work directory, ".part" of a file that will be renamed when it is whole.
LockedFile make_locked_file(const std::string& place, const std::string& suffix);

/// Removes the directories and files in `place` whose makers have died. What may not be removed here
/// (another user's, another id mapping's) is left to the next one who may.
/// @throws base::Interrupted; the rest is left, too.
void remove_abandoned_work(const std::string& place, const std::stop_token& stop);

/// When the oldest work directory in use was made; nothing if none is in use.
/// @param own does not count.
std::optional<timespec> oldest_work_in_use(const std::string& place, const WorkDirectory& own);

} // namespace imgbuild::store
