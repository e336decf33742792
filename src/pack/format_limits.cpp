// SPDX-License-Identifier: Apache-2.0
#include "pack/format_limits.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace imgbuild::pack {

namespace {

constexpr std::uint64_t size_limit = std::uint64_t{1} << 32U;
/// The kernel leaves out longer names and link targets, without a word.
constexpr std::size_t path_limit = 4096;
/// Bits of device numbers that the kernel's unpacker keeps.
constexpr std::uint32_t major_limit = 1U << 12U;
constexpr std::uint32_t minor_limit = 1U << 20U;
/// Setting this owner means to leave the owner as it is.
constexpr std::uint32_t no_owner = 0xFFFF'FFFF;

} // namespace

std::string reason_against(const tree::Entry& entry) {
    if (entry.type == tree::EntryType::regular && entry.size >= size_limit) {
        return fmt::format(
            "has {}; a cpio archive holds files below 4 GiB", base::format_bytes(entry.size));
    }
    if (entry.path.find('\n') != std::string::npos) {
        return "has a newline in its name";
    }
    if (entry.path == newc_end_name) {
        return "has the name that ends a cpio archive";
    }
    if (entry.path.size() >= path_limit) {
        return fmt::format("has a path of {} bytes; the kernel takes 4095", entry.path.size());
    }
    if (entry.link_target.size() >= path_limit) {
        return fmt::format(
            "has a target of {} bytes; the kernel takes 4095", entry.link_target.size());
    }
    if (entry.uid == no_owner || entry.gid == no_owner) {
        return "has the owner 4294967295, which no file can have";
    }
    if (is_device(entry) && (entry.major >= major_limit || entry.minor >= minor_limit)) {
        return fmt::format("has the device number {}:{}, too large", entry.major, entry.minor);
    }
    return {};
}

} // namespace imgbuild::pack
