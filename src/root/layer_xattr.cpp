// SPDX-License-Identifier: Apache-2.0
#include "root/layer_xattr.hpp"

#include "base/error.hpp"
#include "tree/xattr.hpp"

#include <fmt/format.h>
#include <linux/limits.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

namespace imgbuild::root {

namespace {

std::vector<std::string> xattr_names(const std::string& kernel_path, const std::string& name) {
    std::array<char, 4096> small;
    std::vector<char> large;
    char* text = small.data();
    ssize_t length = ::llistxattr(kernel_path.c_str(), small.data(), small.size());
    if (length < 0 && errno == ERANGE) {
        large.resize(XATTR_LIST_MAX);
        text = large.data();
        length = ::llistxattr(kernel_path.c_str(), large.data(), large.size());
    }
    if (length < 0) {
        if (errno == ENOTSUP) {
            return {};
        }
        base::throw_errno(fmt::format("reading the extended attributes of {}", name));
    }
    std::vector<std::string> names;
    for (ssize_t start = 0; start < length;) {
        names.emplace_back(text + start);
        start += static_cast<ssize_t>(names.back().size()) + 1;
    }
    return names;
}

void remove_xattr(
    const std::string& kernel_path, const std::string& attribute, const std::string& name) {
    if (::lremovexattr(kernel_path.c_str(), attribute.c_str()) != 0 && errno != ENODATA) {
        base::throw_errno(fmt::format("removing the attribute {} of {}", attribute, name));
    }
}

} // namespace

void set_image_xattrs(const tree::Entry& entry, DirectoryCursor& tree) {
    const std::string path = tree.kernel_path(entry.path);
    const std::string name = tree.full_name(entry.path);
    for (const std::string& attribute : xattr_names(path, name)) {
        const bool is_wanted =
            std::any_of(entry.xattrs.begin(), entry.xattrs.end(), [&](const auto& wanted) {
                return wanted.first == attribute;
            });
        if (!is_wanted && tree::belongs_to_image(attribute)) {
            remove_xattr(path, attribute, name);
        }
    }
    for (const auto& [attribute, value] : entry.xattrs) {
        if (::lsetxattr(path.c_str(), attribute.c_str(), value.data(), value.size(), 0) != 0) {
            base::throw_errno(fmt::format("setting the attribute {} of {}", attribute, name));
        }
    }
}

void remove_overlay_xattrs(const tree::Entry& entry, DirectoryCursor& tree) {
    const std::string path = tree.kernel_path(entry.path);
    const std::string name = tree.full_name(entry.path);
    for (const std::string& attribute : xattr_names(path, name)) {
        if (attribute.starts_with("trusted.overlay.") || attribute.starts_with("user.overlay.")) {
            remove_xattr(path, attribute, name);
        }
    }
}

} // namespace imgbuild::root
