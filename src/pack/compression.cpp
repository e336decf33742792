// SPDX-License-Identifier: Apache-2.0
#include "pack/compression.hpp"

#include "base/error.hpp"
#include "base/nearest_name.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace imgbuild::pack {

namespace {

constexpr std::array<std::pair<std::string_view, Compression>, 4> names = {{
    {"fast", Compression::fast},
    {"default", Compression::standard},
    {"small", Compression::small},
    {"none", Compression::none},
}};

} // namespace

Compression compression_from_name(std::string_view name) {
    std::vector<std::string_view> known;
    for (const auto& [known_name, compression] : names) {
        if (known_name == name) {
            return compression;
        }
        known.push_back(known_name);
    }
    base::UsageError error(fmt::format(
        "unknown compression '{}': it may be fast, default, small or none", base::printable(name)));
    error.set_hint(base::did_you_mean(name, known));
    throw error;
}

std::string_view compression_name(Compression compression) {
    const auto* const found = std::find_if(
        names.begin(), names.end(), [&](const auto& named) { return named.second == compression; });
    return found->first;
}

} // namespace imgbuild::pack
