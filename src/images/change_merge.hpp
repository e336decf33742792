// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * A command whose changes count as a whole or not at all runs on an overlay above the image. Its upper
 * directory is then moved to the image's own directory with a list of the changes, and carried over from
 * there: from the moment the list is written the change is certain, also if the process is killed.
 */
#pragma once

#include "base/context.hpp"
#include "root/overlay_mount.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace imgbuild::images {

/// An image's root with a writable layer above it. Unmounted at the end; changes are lost without `keep`.
class LayerOverImage {
public:
    /// @param lower what lies below, topmost first: the image's root is the last.
    /// @param work a private directory on the file system of the image.
    /// @throws base::Error if this machine can't mount overlays there.
    LayerOverImage(std::vector<std::string> lower, std::string work);

    const std::string& mount_path() const { return mount_->path(); }

    /// For a change that will be kept: names of one file stay names of one file. To be called before the
    /// command, with the image's inventory.
    void prepare(const tree::Inventory& image, const base::Context& context);

    /// Makes the change durable in the image's own directory (see `carry_over`). The mount is gone then.
    /// @throws base::SystemError if there is no room to carry it over; then nothing is kept.
    void keep(
        const tree::Inventory& image,
        const std::string& own_directory,
        const base::Context& context);

private:
    void mount(bool with_index);

    std::vector<std::string> lower_;
    std::string work_;
    bool has_index_ = false;
    std::unique_ptr<root::OverlayMount> mount_;
};

/// A change that is certain must be possible: to be asked for before.
/// @throws base::SystemError if fewer bytes, and some for directories, are free where `path` is.
void require_space_for(std::uint64_t bytes, const std::string& path);

/// Keeps a change in an image's own directory.
/// @param fill puts the change's regular files into an empty directory, at their paths.
void keep_for_carrying_over(
    const std::string& own_directory,
    const tree::Inventory& change,
    const std::function<void(const std::string& content)>& fill);

/// Carries a kept change over to the image, now or after a process was killed at it.
/// @returns false if there is none.
bool carry_over(
    const root::Root& image, const std::string& own_directory, const base::Context& context);

} // namespace imgbuild::images
