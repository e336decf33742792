// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace imgbuild::build {

/// Makes sure that programs of `architecture` can run here, as package scripts must: natively, or by an
/// emulator registered with the kernel (binfmt_misc) that also works inside another root.
/// @param architecture, host kiwi's words. @param registrations the directory of binfmt_misc.
/// @throws base::UsageError that says what to install.
void require_runnable(
    const std::string& architecture,
    const std::string& host,
    const std::string& registrations = "/proc/sys/fs/binfmt_misc");

} // namespace imgbuild::build
