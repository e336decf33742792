// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::archive {

/// What a pax header says about the entry behind it. What it says with an empty value is not said.
struct PaxRecords {
    std::optional<std::string> path;
    std::optional<std::string> link;
    std::optional<std::int64_t> uid;
    std::optional<std::int64_t> gid;
    std::optional<std::int64_t> size;
    std::optional<tree::Time> mtime;
    std::vector<std::pair<std::string, std::string>> xattrs;

    /// Of GNU tar's sparse files, in its three versions.
    struct Sparse {
        std::string major;
        std::string minor;
        std::optional<std::string> name;
        std::optional<std::int64_t> size;
        /// "offset,length,offset,length…", also from the version with one record a number.
        std::optional<std::string> map;

        bool operator==(const Sparse&) const = default;
    } sparse;
};

/// @throws TarDefect if `text` is not made of records, or the value of one that is used makes no sense.
PaxRecords parse_pax_records(std::string_view text);

} // namespace imgbuild::archive
