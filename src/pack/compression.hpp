// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace imgbuild::pack {

enum class Compression { fast, standard, small, none };

/// "fast", "default", "small", "none". @throws base::UsageError for anything else.
Compression compression_from_name(std::string_view name);
std::string_view compression_name(Compression compression);

} // namespace imgbuild::pack
