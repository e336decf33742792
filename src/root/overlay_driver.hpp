// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/layered_root.hpp"
#include "root/overlay_mount.hpp"

#include <memory>
#include <string>

namespace imgbuild::root {

/// Whether overlay mounts work in the store's file system and this process's namespaces.
struct OverlaySupport {
    /// Why not; empty if they do.
    std::string problem;
    OverlayOptions options;
};

/// Mounts one and looks at what it leaves in the upper directory: a file system that can't be an upper
/// one is often only noticed there.
OverlaySupport probe_overlay(const store::Store& store, MountWay way = MountWay::automatic);

/// Roots as overlay mounts: the stored layers are used where they are, the upper directory becomes the
/// new layer.
/// @param options as `probe_overlay` found them.
std::unique_ptr<LayerDriver>
make_overlay_driver(const store::Store& store, const OverlayOptions& options);

} // namespace imgbuild::root
