// SPDX-License-Identifier: Apache-2.0
#include "process/signals.hpp"

namespace imgbuild::process {

BlockedSignals::BlockedSignals() noexcept {
    sigset_t all = {};
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &old_);
}

BlockedSignals::~BlockedSignals() {
    ::pthread_sigmask(SIG_SETMASK, &old_, nullptr);
}

void reset_signals() noexcept {
    for (int signal = 1; signal < NSIG; ++signal) {
        // SIGKILL, SIGSTOP and the C library's own signals refuse; nothing is to be done there.
        struct sigaction action = {};
        action.sa_handler = SIG_DFL;
        ::sigaction(signal, &action, nullptr);
    }
    sigset_t none = {};
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

} // namespace imgbuild::process
