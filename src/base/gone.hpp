// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace imgbuild::base {

/// True if a call failed with this errno because what a directory named a moment ago is gone, or is something else now.
bool means_gone(int error_number) noexcept;

} // namespace imgbuild::base
