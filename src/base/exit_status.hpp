// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace imgbuild::base {

/// How a command ended, in words: "ended with status 3". A status above 128 is what shells make of a
/// signal, so it is named: "ended with status 139: it or its last command was killed by signal SIGSEGV".
/// @param status exit status, or 128 + signal.
std::string exit_status_text(int status);

/// "SIGSEGV" of 139; empty if no signal makes this status.
std::string signal_of_status(int status);

} // namespace imgbuild::base
