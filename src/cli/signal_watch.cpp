// SPDX-License-Identifier: Apache-2.0
#include "cli/signal_watch.hpp"

#include "base/error.hpp"
#include "base/exit_code.hpp"
#include "cli/terminal_reporter.hpp"

#include <pthread.h>
#include <unistd.h>

namespace imgbuild::cli {

namespace {

sigset_t watched_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) {
        ::sigaddset(&signals, number);
    }
    return signals;
}

} // namespace

SignalWatch::SignalWatch() {
    const sigset_t signals = watched_signals();
    const int problem = ::pthread_sigmask(SIG_BLOCK, &signals, &former_mask_);
    if (problem != 0) {
        throw base::SystemError(problem, "blocking signals");
    }
    // A reader of our output that went away is an error of write(), not a reason to die.
    (void)std::signal(SIGPIPE, SIG_IGN);
    thread_ = std::thread([this] { watch(); });
}

SignalWatch::~SignalWatch() {
    // SIGUSR2 is this object's own sign for the end of the watch.
    ::pthread_kill(thread_.native_handle(), SIGUSR2);
    thread_.join();
    ::pthread_sigmask(SIG_SETMASK, &former_mask_, nullptr);
}

void SignalWatch::watch() {
    const sigset_t signals = watched_signals();
    for (;;) {
        int number = 0;
        if (::sigwait(&signals, &number) != 0 || number == SIGUSR2) {
            return;
        }
        if (source_.stop_requested()) {
            leave_terminal_clean();
            ::_exit(static_cast<int>(base::ExitCode::interrupted));
        }
        source_.request_stop();
    }
}

} // namespace imgbuild::cli
