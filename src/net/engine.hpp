// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/transfer.hpp"

#include <memory>
#include <stop_token>
#include <vector>

namespace imgbuild::net {

/// Drives transfers by a curl multi handle on a thread of its own: at most `connections` at a time to
/// each server, in the order in which they were given. Thread-safe.
class Engine {
public:
    explicit Engine(const ClientOptions& options);
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    /// No `run` may be going on.
    ~Engine();

    /// Blocks until all are complete. The first failure ends the others and is thrown; when this
    /// returns, the engine holds nothing of the transfers any more.
    /// @throws base::Interrupted once `stop` is requested.
    void run(std::vector<std::unique_ptr<Transfer>> transfers, const std::stop_token& stop);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace imgbuild::net
