// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace imgbuild::root {

/// How the kernel is told about the layers.
enum class MountWay {
    /// One by one where the kernel can (6.5 and later), else by one string.
    automatic,
    one_by_one,
    /// mount(2): all layers in one string, which may not be longer than a page.
    by_string,
};

struct OverlayOptions {
    MountWay way = MountWay::automatic;
    /// In a user namespace: the overlay's marks are user.overlay.* attributes.
    bool user_attributes = false;
    /// Names of one file stay names of one file when it is changed (needs file handles).
    bool index = false;
};

/// An overlay mount of the directories `lower`, topmost first, in a work directory:
///
///     WORK/l/0, l/1, …     links to the lower directories; their short names keep the options short
///     WORK/upper, work     the overlay's own
///     WORK/root            where it is mounted
///
/// Unmounted by the destructor.
class OverlayMount {
public:
    /// @param work a directory in which `upper` exists already, the rest does not.
    /// @throws base::Error naming the kernel's reason.
    OverlayMount(
        std::string work, const std::vector<std::string>& lower, const OverlayOptions& options);
    OverlayMount(const OverlayMount&) = delete;
    OverlayMount& operator=(const OverlayMount&) = delete;
    ~OverlayMount();

    const std::string& path() const noexcept { return path_; }

    /// @throws base::SystemError if something still uses the mount.
    void unmount();

private:
    std::string path_;
    bool is_mounted_ = false;
};

} // namespace imgbuild::root
