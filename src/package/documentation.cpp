// SPDX-License-Identifier: Apache-2.0
#include "package/documentation.hpp"

#include <algorithm>
#include <array>

namespace imgbuild::package {
namespace {

constexpr std::array<std::string_view, 6> trees = {
    "usr/share/doc/",
    "usr/share/man/",
    "usr/share/info/",
    "usr/share/groff/",
    "usr/share/lintian/",
    "usr/share/linda/",
};

} // namespace

bool is_documentation(std::string_view path) {
    if (path.starts_with("usr/share/doc/") && path.ends_with("/copyright")) {
        return false;
    }
    return std::any_of(trees.begin(), trees.end(), [path](std::string_view tree) {
        return path.starts_with(tree) && path.size() > tree.size();
    });
}

std::vector<std::string> documentation_options() {
    std::vector<std::string> options;
    for (const std::string_view tree : trees) {
        options.push_back("--path-exclude=/" + std::string(tree) + "*");
    }
    // dpkg takes the last rule that fits.
    options.emplace_back("--path-include=/usr/share/doc/*/copyright");
    return options;
}

} // namespace imgbuild::package
