// SPDX-License-Identifier: Apache-2.0
#include "base/exit_status.hpp"

#include <csignal>
#include <cstring>

namespace imgbuild::base {

std::string signal_of_status(int status) {
    const char* const name = status > 128 ? ::sigabbrev_np(status - 128) : nullptr;
    return name == nullptr ? std::string() : std::string("SIG") + name;
}

std::string exit_status_text(int status) {
    std::string text = "ended with status " + std::to_string(status);
    const std::string signal = signal_of_status(status);
    if (!signal.empty()) {
        text += ": it or its last command was killed by signal " + signal;
    }
    return text;
}

} // namespace imgbuild::base
