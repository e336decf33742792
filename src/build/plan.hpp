// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "build/inputs.hpp"
#include "build/stage.hpp"
#include "store/store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace imgbuild::build {

struct PlannedStage {
    std::unique_ptr<Stage> stage;
    store::Key key;
    /// What the key is the digest of (KeyInputs::text).
    std::string inputs;
};

/// The stages of one build in their order, each with its key. Stages without work are absent.
struct Plan {
    /// Below the first stage: the container's that the image is derived from, bottom first.
    std::vector<store::Key> base_layers;
    std::vector<PlannedStage> stages;
    /// Of the finished image: the last stage's key and the packer's options.
    store::Key pack_key;
    std::string pack_inputs;

    /// Of the whole root, bottom first.
    std::vector<store::Key> layer_keys() const;

    /// Of the root that stage number `index` works on.
    std::vector<store::Key> layers_below(std::size_t index) const;

    /// Number of the stage of that name. @throws base::UsageError naming the stages there are.
    std::size_t index_of(std::string_view stage_name) const;
};

/// Reads the files that the description brings, for the keys; acts on nothing.
/// @param inputs, manager, store outlive the plan.
Plan make_plan(
    const Inputs& inputs,
    package::PackageManager& manager,
    const store::Store& store,
    const base::Context& context);

/// Whether a stage has to run, and why.
struct StageState {
    bool cached = false;
    /// Of a stage that has to run: "config.sh changed", "never built".
    std::vector<std::string> reasons;
};

/// A stage is cached if its layer and all below it are in the store.
std::vector<StageState> look_up(
    const Plan& plan,
    const Inputs& inputs,
    const store::Store& store,
    const base::Context& context);

/// Remembers what a build had of a stage, so that the next miss can say what differs.
void remember_inputs(
    const store::Store& store,
    const Inputs& inputs,
    const std::string& stage_name,
    const std::string& text);

} // namespace imgbuild::build
