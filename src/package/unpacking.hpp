// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace imgbuild::package {

/// Who unpacks packages; the root is the same.
enum class Unpacking {
    /// imgbuild, decompressing several at once; the root's own dpkg only what is out of the ordinary.
    native,
    /// The root's own dpkg, one after the other.
    dpkg,
};

} // namespace imgbuild::package
