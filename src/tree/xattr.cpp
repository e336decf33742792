// SPDX-License-Identifier: Apache-2.0
#include "tree/xattr.hpp"

namespace imgbuild::tree {

bool belongs_to_image(std::string_view attribute) {
    return attribute != "security.selinux" && !attribute.starts_with("trusted.") &&
           !attribute.starts_with("user.overlay.");
}

} // namespace imgbuild::tree
