// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/progress.hpp"
#include "base/thread_pool.hpp"
#include "cli/global_options.hpp"
#include "cli/signal_watch.hpp"

#include <memory>
#include <string>

namespace imgbuild::cli {

/// What a verb runs with: the renderer, the threads, and the signals that end it.
class Runtime {
public:
    enum class Privileges {
        none,
        /// Private namespaces, in which image roots can be made.
        build_roots,
        /// The same, for a verb that only looks: without subordinate ids it does without.
        look_at_roots,
    };

    /// Enters the namespaces first, since threads can't move.
    Runtime(const GlobalOptions& options, Privileges privileges);

    base::Context context();

    base::Reporter& reporter() { return *reporter_; }

    /// --store, or the default of the user who called: inside a user namespace everybody is root.
    const std::string& store_path() const { return store_path_; }

private:
    /// Member order is the order of setting up: who called is asked before the namespaces are entered,
    /// namespaces come before signals, signals before threads.
    std::string store_path_;

    struct Namespaces {
        explicit Namespaces(Privileges privileges);
    } namespaces_;

    SignalWatch signals_;
    std::unique_ptr<base::Reporter> reporter_;
    base::ThreadPool pool_;
};

} // namespace imgbuild::cli
