// SPDX-License-Identifier: Apache-2.0
#include "cli/runtime.hpp"

#include "base/error.hpp"
#include "cli/reporters.hpp"
#include "config/host.hpp"
#include "root/namespaces.hpp"

namespace imgbuild::cli {

namespace {

std::string choose_store(const GlobalOptions& options, Runtime::Privileges privileges) {
    if (!options.store.empty() || privileges == Runtime::Privileges::none) {
        return options.store;
    }
    return config::Host::current().default_store();
}

} // namespace

Runtime::Namespaces::Namespaces(Privileges privileges) {
    if (privileges == Privileges::none) {
        return;
    }
    try {
        root::enter_private_namespaces();
    } catch (const base::UsageError&) {
        if (privileges != Privileges::look_at_roots) {
            throw;
        }
    }
}

Runtime::Runtime(const GlobalOptions& options, Privileges privileges)
    : store_path_(choose_store(options, privileges))
    , namespaces_(privileges)
    , reporter_(make_reporter(options, signals_.stop_token()))
    , pool_(options.jobs) {}

base::Context Runtime::context() {
    return {*reporter_, pool_, signals_.stop_token()};
}

} // namespace imgbuild::cli
