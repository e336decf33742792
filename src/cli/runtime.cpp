// SPDX-License-Identifier: Apache-2.0
#include "cli/runtime.hpp"

#include "cli/reporters.hpp"
#include "root/namespaces.hpp"

namespace imgbuild::cli {

Runtime::Namespaces::Namespaces(Privileges privileges) {
    if (privileges == Privileges::build_roots) {
        root::enter_private_namespaces();
    }
}

Runtime::Runtime(const GlobalOptions& options, Privileges privileges)
    : namespaces_(privileges)
    , reporter_(make_reporter(options))
    , pool_(options.jobs) {}

base::Context Runtime::context() {
    return {*reporter_, pool_, signals_.stop_token()};
}

} // namespace imgbuild::cli
