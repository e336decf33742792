// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

namespace imgbuild::process {

/// Blocks all signals of this thread while it lives, so that no handler of this process runs in a
/// child that was just forked.
class BlockedSignals {
public:
    BlockedSignals() noexcept;
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;
    ~BlockedSignals();

private:
    sigset_t old_ = {};
};

/// Gives every signal its default action and unblocks all. For use between fork and exec.
void reset_signals() noexcept;

} // namespace imgbuild::process
