// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "check/bootability.hpp"
#include "images/image_store.hpp"
#include "pack/compression.hpp"
#include "store/store.hpp"
#include "tree/inventory.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::images {

struct BuildOptions {
    /// Also if nothing changed.
    bool force = false;
    pack::Compression compression = pack::Compression::standard;
    /// Make NAME.img too. It is made anyway where there is one, which would be out of date otherwise.
    bool with_plain = false;
    /// Of the exit script.
    std::chrono::seconds script_limit = std::chrono::minutes(10);
    /// "dracut" or "initramfs-tools": make an initrd in the image first. Empty: none.
    std::string initrd;
};

struct BuildOutcome {
    /// Nothing was done: the output is what would come out.
    bool is_current = false;
    std::uint64_t entries = 0;
    /// What nodes load.
    std::uint64_t size = 0;
    std::uint64_t unpacked_size = 0;
    /// Of the output before; nothing if there was none.
    std::optional<std::uint64_t> former_size;
    std::string digest;
    /// Where the initrd is in the image, if one was made.
    std::string initrd;
    /// Whether nodes can boot it, and what of its size they may stumble over.
    std::vector<check::Finding> findings;
};

/// Packs an image, if its content is not what was packed last. Its exit script (exit_script.hpp) runs
/// first, unless nothing changed or the image is marked as not to be changed. The output is replaced at once. The image's lock is held.
/// @param chunks keeps the compressed pieces, so that a small change is packed fast.
/// @throws base::Error with exit code 5 for what the format can't hold, 4 if the exit script fails; the
///         former output stays.
BuildOutcome build_image(
    const ImageStore& store,
    const std::string& name,
    const store::Store& chunks,
    const BuildOptions& options,
    const base::Context& context);

/// Whether the image can boot, by its content.
std::vector<check::Finding> check_image(const root::Root& root, const tree::Inventory& inventory);

/// Tells the user, errors as warnings: an image may be meant for something else than to boot.
void report_findings(const std::vector<check::Finding>& findings, base::Reporter& reporter);

} // namespace imgbuild::images
