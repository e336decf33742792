// SPDX-License-Identifier: Apache-2.0
#include "build/last_build.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace imgbuild::build {

std::array<store::Key, 2>
last_build_keys(const description::Request& request, std::string_view of) {
    return {
        crypto::sha256(fmt::format(
            "{}\n{}\n{}\n{}",
            base::try_real_path(request.file).value_or(request.file),
            base::join(request.profiles, ","),
            request.architecture,
            of)),
        crypto::sha256(fmt::format("image {}\n{}\n{}", request.name, request.architecture, of))};
}

} // namespace imgbuild::build
