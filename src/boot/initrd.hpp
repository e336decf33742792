// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"

#include <string>
#include <vector>

namespace imgbuild::boot {

/// What the machine gets as its initrd: the image itself, or a temporary file with the image and the
/// overlays behind it, removed with this object.
class Initrd {
public:
    /// @param extra bytes of another archive, put last; empty: none.
    Initrd(
        const std::string& image,
        const std::vector<std::string>& overlays,
        const std::string& extra,
        const base::Context& context);
    Initrd(const Initrd&) = delete;
    Initrd& operator=(const Initrd&) = delete;
    ~Initrd();

    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
    bool is_temporary_ = false;
};

/// Whether one of the archives has an /init, as Warewulf's system overlay does and others do not.
/// @throws base::Error if one is no archive.
bool bring_init(const std::vector<std::string>& overlays);

/// A cpio archive with an /init that copies the image into a tmpfs and switches to it.
std::string tmpfs_overlay();

} // namespace imgbuild::boot
