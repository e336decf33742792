// SPDX-License-Identifier: Apache-2.0
#include "build/wanted_packages.hpp"

namespace imgbuild::build {

std::vector<package::WantedPackage>
wanted_packages(const std::vector<description::NamedItem>& items) {
    std::vector<package::WantedPackage> packages;
    packages.reserve(items.size());
    for (const description::NamedItem& item : items) {
        packages.push_back({item.name, item.position});
    }
    return packages;
}

} // namespace imgbuild::build
