// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"

#include <string_view>

namespace imgbuild::process {

/// Both ends are closed on exec.
struct Pipe {
    base::UniqueFd read_end;
    base::UniqueFd write_end;
};

/// @throws base::SystemError
Pipe make_pipe();

/// A file that holds `content`, to be read from its start: standard input for a child that needs no
/// writer. /dev/null if it is empty.
base::UniqueFd input_file(std::string_view content);

} // namespace imgbuild::process
