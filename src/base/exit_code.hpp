// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace imgbuild::base {

/// The exit codes of the program; docs/exit-codes.md explains them to users.
enum class ExitCode : int {
    ok = 0,
    /// Usage, configuration or description.
    usage = 2,
    /// Resolving or fetching failed and trying again will not help.
    fetch = 3,
    /// A script of the description or of a package failed.
    script = 4,
    /// Packing, or a check of what was made, failed.
    pack = 5,
    /// Store or file I/O, or no space left.
    system = 74,
    /// A fault of the infrastructure that may be gone on the next try.
    retryable = 75,
    interrupted = 130,
};

} // namespace imgbuild::base
