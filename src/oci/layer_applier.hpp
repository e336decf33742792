// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What a container layer does to a directory. Layers are hostile input: all work is confined to the
 * root, links on the way are followed inside it and never at the last component.
 */
#pragma once

#include "archive/tar_reader.hpp"
#include "base/context.hpp"
#include "base/progress.hpp"
#include "root/file_finisher.hpp"
#include "root/root.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace imgbuild::oci {

/// What an image may need; of all its layers together.
struct LayerLimits {
    /// Files with their holes.
    std::uint64_t bytes = std::uint64_t{1} << 40U;
    std::uint64_t entries = 750'000;
};

enum class Whiteouts {
    /// The lower layers are in the same directory: what is hidden is removed.
    remove,
    /// The directory holds this layer alone: the result says what it hides.
    keep,
};

struct LayerResult {
    std::uint64_t entries = 0;
    /// Devices that this process may not make, with their paths in the root. Nothing stands there.
    std::vector<tree::Entry> unmade_devices;
    /// With Whiteouts::keep: paths that are gone; nothing stands there.
    std::vector<std::string> whiteouts;
    /// With Whiteouts::keep: directories that hide what lower layers have in them.
    std::vector<std::string> opaque;
    /// Directories that the layer does not have but needs, by their paths: they were made 0755
    /// root:root, with the time 0.
    std::vector<std::string> implied;
    /// The owners that occur in the layer.
    std::set<std::uint32_t> uids;
    std::set<std::uint32_t> gids;
};

/// Applies layers to one root, lowest first.
///
/// - A duplicate's last entry wins. Whatever stands where an entry belongs gives way to it, but a
///   directory to a directory; so does a file where an entry needs a directory.
/// - An entry below a lower layer's link lands at the link's target inside the root. A directory entry
///   replaces a link.
/// - Whiteouts hide what lower layers have, never what their own layer adds, wherever they stand in it.
///   Names that begin with `.wh..wh.` and are no opaque mark are left out, with all below them.
/// - ".." and absolute names are clamped to the root. Hard links may only lead to what is there already.
/// - Extended attributes: what `tree::belongs_to_image` accepts.
/// - Directories get owner, mode and time when the layer is done; those that a layer only changes the
///   content of keep their time.
///
/// Not thread-safe. After an error the directory holds half a layer; the caller throws it away.
class LayerApplier {
public:
    /// @param root nothing else changes it meanwhile; outlives the applier.
    LayerApplier(
        const root::Root& root,
        Whiteouts whiteouts,
        const LayerLimits& limits,
        const base::Context& context);
    LayerApplier(const LayerApplier&) = delete;
    LayerApplier& operator=(const LayerApplier&) = delete;
    ~LayerApplier();

    /// Applies everything the archive holds; reads it up to its end mark.
    /// @param finisher if the archive's bytes stay where they are: fills its files; it is waited for.
    /// @throws base::Error "LAYER: ENTRY: …"
    LayerResult apply(archive::TarReader& layer, root::FileFinisher* finisher = nullptr);

private:
    class Layer;

    const root::Root& root_;
    Whiteouts whiteouts_;
    const base::Context& context_;
    LayerLimits left_;
    std::uint64_t most_entries_;
};

} // namespace imgbuild::oci
