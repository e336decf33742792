// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "images/exec.hpp"
#include "root/sandbox.hpp"

#include <string>
#include <vector>

namespace imgbuild::images {

/// What a command sees of the host. Copies are made in `work`, a private directory.
/// @throws base::UsageError for a source that is missing, if the user named it; those that the site
///         configured are left out then.
std::vector<root::Bind> make_binds(
    const ImageStore& store,
    const ExecOptions& options,
    const std::string& work,
    const base::Context& context);

/// Unpacks the overlays that Warewulf has built for a node.
/// @param target an empty directory.
/// @throws base::UsageError if there are none.
void unpack_node_overlays(
    const ImageStore& store,
    const std::string& node,
    const std::string& target,
    const base::Context& context);

/// The command, run as this user of the image by the image's setpriv(1).
/// @throws base::UsageError if there is no such user.
std::vector<std::string>
as_user(const root::Root& root, const std::string& user, const std::vector<std::string>& argv);

/// Remembers which mount points an image lacks while a command runs in it, so that the next verb can
/// remove them if this process is killed.
class MountPointNote {
public:
    MountPointNote(
        const root::Root& root, const std::vector<root::Bind>& binds, std::string own_directory);
    MountPointNote(const MountPointNote&) = delete;
    MountPointNote& operator=(const MountPointNote&) = delete;
    ~MountPointNote();

private:
    std::string path_;
};

/// Removes mount points that a killed process left, where they are still empty.
/// @returns true if there were any.
bool remove_left_mount_points(const root::Root& root, const std::string& own_directory);

} // namespace imgbuild::images
