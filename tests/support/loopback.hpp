// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>

namespace imgbuild::test {

/// A socket that listens on a free port of 127.0.0.1. @throws base::SystemError
base::UniqueFd listen_on_loopback();

std::uint16_t port_of(int fd);

} // namespace imgbuild::test
