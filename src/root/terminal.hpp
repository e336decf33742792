// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"
#include "process/child.hpp"

#include <sys/ioctl.h>

#include <optional>

namespace imgbuild::root {

/// The size of the user's terminal; nothing unless standard input and output are one.
std::optional<winsize> window_size();

/// Connects the user's terminal with the controlling end of a command's own terminal until the
/// command ends: keys (Ctrl-C too) go in, output comes out, the window size follows. The user's
/// terminal is in raw mode meanwhile and is restored, whatever happens.
/// @param stop_event see process::StopEvent.
/// @throws base::SystemError; base::Interrupted.
void relay_terminal(process::Child& child, base::UniqueFd controller, int stop_event);

} // namespace imgbuild::root
