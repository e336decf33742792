// SPDX-License-Identifier: Apache-2.0
#include "base/cancel.hpp"

namespace imgbuild::base {

void throw_if_stopped(const std::stop_token& stop) {
    if (stop.stop_requested()) {
        throw Interrupted();
    }
}

} // namespace imgbuild::base
