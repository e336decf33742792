// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace imgbuild::cli {

/// The program: finds the verb, runs it, prints what went wrong, once.
/// @returns the exit code (base/exit_code.hpp; `shell` returns the command's own).
int run(int argc, char** argv);

} // namespace imgbuild::cli
