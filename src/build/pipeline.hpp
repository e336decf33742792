// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Runs a build: the one place that knows what follows what.
 */
#pragma once

#include "base/context.hpp"
#include "build/build_log.hpp"
#include "build/build_options.hpp"
#include "build/build_result.hpp"
#include "build/inputs.hpp"
#include "build/plan.hpp"
#include "build/result_directory.hpp"
#include "store/store.hpp"

namespace imgbuild::build {

/// Refers to objects that outlive it. Not thread-safe.
class Pipeline {
public:
    Pipeline(
        const BuildOptions& options,
        const Inputs& inputs,
        const Plan& plan,
        const package::PackageManager& manager,
        const store::Store& store,
        BuildLog& log,
        const base::Context& context);

    /// Runs the stages that have to run, checks, packs, and publishes into the target directory.
    /// @throws base::Error; the former result is untouched then.
    BuildResult run();

    /// Runs the stages up to and including number `last` where they are not cached.
    void run_stages(std::size_t last);

private:
    void run_stage(std::size_t index, root::LayerDriver& driver);
    std::string layer_description(const std::string& stage_name) const;
    void keep_failed_root(std::size_t index, root::WorkingRoot& root);
    void remember_warnings(const store::Key& key, const std::vector<std::string>& warnings) const;
    void recall_warnings(const store::Key& key) const;
    bool take_unchanged_result(ResultDirectory& target);

    const BuildOptions& options_;
    const Inputs& inputs_;
    const Plan& plan_;
    const package::PackageManager& manager_;
    const store::Store& store_;
    BuildLog& log_;
    const base::Context& context_;
    std::vector<StageState> states_;
    /// What the result in the target directory says already: not shown again.
    std::vector<std::string> told_warnings_;
    BuildResult result_;
};

/// The key of the root that a failed stage left, for `imgbuild shell`.
store::Key failed_layer_key(const store::Key& stage_key);

} // namespace imgbuild::build
