// SPDX-License-Identifier: Apache-2.0
#include "process/stop_event.hpp"

#include "base/error.hpp"

#include <sys/eventfd.h>

namespace imgbuild::process {

namespace {

base::UniqueFd make_event() {
    base::UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!event) {
        base::throw_errno("making an event descriptor");
    }
    return event;
}

} // namespace

StopEvent::StopEvent(const std::stop_token& stop)
    : event_(make_event())
    , callback_(stop, [fd = event_.get()] { ::eventfd_write(fd, 1); }) {}

} // namespace imgbuild::process
