// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "build/gather.hpp"
#include "build/inputs.hpp"
#include "build/plan.hpp"
#include "cli/build_arguments.hpp"
#include "net/client.hpp"
#include "package/package_manager.hpp"
#include "store/store.hpp"

#include <memory>
#include <string>

namespace imgbuild::cli {

/// Opens the store at `path` (Runtime::store_path).
store::Store open_store(const std::string& path, const base::Context& context);

/// Which package indexes count.
enum class Indexes {
    /// Those that the mirrors have now.
    current,
    /// Those of the last resolution, and what tags of images stood for then, without asking anybody; the
    /// current ones only if there is none, or with --refresh.
    last_known,
};

/// What build, explain and shell have in common: a description read, its packages resolved, its
/// stages planned.
class Workshop {
public:
    Workshop(
        const BuildArguments& arguments,
        const std::string& store_path,
        const base::Context& context,
        Indexes indexes = Indexes::current);
    Workshop(const Workshop&) = delete;
    Workshop& operator=(const Workshop&) = delete;
    ~Workshop();

    const build::BuildOptions& options() const noexcept { return options_; }

    const store::Store& store() const noexcept { return store_; }

    const build::Inputs& inputs() const noexcept { return inputs_; }

    const build::Plan& plan() const noexcept { return plan_; }

    package::PackageManager& manager() const noexcept { return *manager_; }

private:
    void resolve_packages(Indexes indexes, bool recalls, const base::Context& context);

    build::BuildOptions options_;
    build::Inputs inputs_;
    store::Store store_;
    /// While it lives, nothing that this process looks up is pruned.
    store::WorkDirectory in_use_;
    net::Client client_;
    std::unique_ptr<package::PackageManager> manager_;
    build::Plan plan_;
};

} // namespace imgbuild::cli
