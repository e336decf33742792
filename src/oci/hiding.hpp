// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tree/inventory.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::oci {

struct PathOrder {
    using is_transparent = void;

    bool operator()(std::string_view a, std::string_view b) const { return tree::path_less(a, b); }
};

inline bool is_at_or_below(std::string_view path, std::string_view top) {
    return path == top || tree::is_below(path, top);
}

/// The names in an open directory (O_PATH will do).
std::vector<std::string> names_in(int directory);

/// Removes an entry of a directory and what is below it, but what `stays` and the directories above that.
/// Links are not followed. @param path of the entry, for `stays`.
void remove_unless(
    int parent,
    const std::string& name,
    const std::string& path,
    const std::function<bool(const std::string& path)>& stays);

} // namespace imgbuild::oci
