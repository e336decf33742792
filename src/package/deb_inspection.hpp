// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "package/raw_deb.hpp"

namespace imgbuild::package {

/// Looks whether a package can be unpacked natively with dpkg's result: sets its `problem` if anything in
/// it is out of the ordinary. Brings paths and their order into the form that RawDeb promises.
void inspect_deb(RawDeb& deb);

} // namespace imgbuild::package
