// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <stop_token>

namespace imgbuild::base {

/// The user asked to stop. Deliberately not an Error, so that no `catch (Error&)` swallows it.
class Interrupted : public std::exception {
public:
    const char* what() const noexcept override { return "interrupted"; }
};

/// Throws Interrupted if a stop was requested. Every loop that may run long calls this.
void throw_if_stopped(const std::stop_token& stop);

} // namespace imgbuild::base
