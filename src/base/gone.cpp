// SPDX-License-Identifier: Apache-2.0
#include "base/gone.hpp"

#include <cerrno>

namespace imgbuild::base {

bool means_gone(int error_number) noexcept {
    switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ESTALE: // removed by another machine
    case ELOOP:  // a link now, which is not followed
    case EINVAL: // read as a link, but no longer one
    case ENXIO:  // a socket now
        return true;
    default:
        return false;
    }
}

} // namespace imgbuild::base
