// SPDX-License-Identifier: Apache-2.0
#include "package/host_tools.hpp"

#include "base/error.hpp"
#include "process/process.hpp"

#include <fmt/format.h>

namespace imgbuild::package {

void require_host_tool(std::string_view name) {
    if (!process::find_program(name)) {
        throw base::Error(
            fmt::format("{} is missing on this machine: Debian packages need it", name),
            base::ExitCode::usage)
            .set_hint("imgbuild needs apt-get and gpgv, from Debian's packages apt and gpgv; other "
                      "distributions have them too");
    }
}

} // namespace imgbuild::package
