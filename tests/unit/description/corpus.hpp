// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Real descriptions as their users wrote them for kiwi, most of them in schema version 7.5. They belong
 * to somebody else, so they are not in this repository: tests read them where IMGBUILD_KIWI_CORPUS says,
 * else in ../shared/corpus/kiwi, and do without them where there are none.
 */
#pragma once

#include "base/file.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace imgbuild::test {

/// Their paths, sorted.
inline std::vector<std::string> corpus() {
    const char* const wish = std::getenv("IMGBUILD_KIWI_CORPUS");
    const char* const root = std::getenv("IMGBUILD_SOURCE_ROOT");
    const std::string folder = wish != nullptr   ? wish
                               : root != nullptr ? std::string(root) + "/../shared/corpus/kiwi"
                                                 : "";
    std::vector<std::string> paths;
    if (base::is_directory(folder)) {
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            if (entry.path().extension() == ".kiwi") {
                paths.push_back(entry.path());
            }
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

} // namespace imgbuild::test
