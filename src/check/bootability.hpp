// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Whether an image can boot as a Warewulf node, as far as that can be told without booting it.
 */
#pragma once

#include "base/diagnostic.hpp"
#include "check/kernel.hpp"
#include "tree/inventory.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::check {

/// Something that keeps a node from booting (error) or from being useful (warning).
struct Finding {
    base::Severity severity = base::Severity::warning;
    /// Stable word: "no-kernel".
    std::string code;
    std::string message;
    /// What to add to the description.
    std::string hint;
};

struct BootabilityInput {
    /// Of the whole root, excludes not applied.
    const tree::Inventory& inventory;
    /// True if the path is left out of the image by /etc/warewulf/excludes.
    std::function<bool(std::string_view path)> is_excluded;
    /// Paths whose file capabilities are restored when the node boots.
    bool capabilities_restored = false;
};

std::vector<Finding> check_bootability(const BootabilityInput& input);

/// Bytes of memory without which a node can't unpack the image: the kernel gives its first file system half
/// of what the compressed image and the kernel itself leave.
/// @param compressed_size of the image. @param files_size of its files in whole pages.
std::uint64_t memory_needed(std::uint64_t compressed_size, std::uint64_t files_size);

/// Limits that the finished image breaks: BIOS and kernel at 4 GiB.
std::vector<Finding> check_sizes(std::uint64_t compressed_size, std::uint64_t unpacked_size);

} // namespace imgbuild::check
