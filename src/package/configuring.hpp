// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace imgbuild::package {

/// How the scripts of packages are served; the root is the same.
enum class Configuring {
    /// Calls of well-known helpers are done by imgbuild, for next to nothing (`ImageHelpers`).
    fast,
    /// All that scripts call is the image's own.
    plain,
};

} // namespace imgbuild::package
