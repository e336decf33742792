// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace imgbuild::xml {

/// The name of an element or attribute; the namespace is empty for those that have none.
struct Name {
    std::string_view ns;
    std::string_view local;
};

} // namespace imgbuild::xml
