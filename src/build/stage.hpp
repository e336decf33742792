// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * A stage turns a root into another one. It is an object that knows its inputs, says all of them
 * (`describe`), and acts when asked. Its result is kept in the store under its key, so a stage must
 * depend on nothing that it does not describe.
 */
#pragma once

#include "base/context.hpp"
#include "build/key_inputs.hpp"
#include "root/layered_root.hpp"

#include <string>

namespace imgbuild::build {

/// What a stage works on.
struct StageContext {
    root::WorkingRoot& root;
    /// The root as the stages before left it.
    const tree::Inventory& below;
    /// A private directory of the host, empty, removed after the stage.
    const std::string& scratch;
    const base::Context& context;
    /// Opens more roots, for what does not depend on this one.
    root::LayerDriver& driver;
};

class Stage {
public:
    Stage() = default;
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    virtual ~Stage() = default;

    /// The word used in results, keys and on the command line: "install".
    virtual std::string name() const = 0;

    /// What it does, for the progress line: "installing 312 packages".
    virtual std::string title() const = 0;

    /// Adds everything that can change the result, the stage's own version included; what lies below is
    /// added by the plan.
    virtual void describe(KeyInputs& inputs) const = 0;

    /// Gets what `run` needs from outside, before anything is run. Called only if the stage will run.
    virtual void prepare(const base::Context& context);

    /// @throws base::Error; the root's changes are thrown away then.
    virtual void run(const StageContext& stage) = 0;
};

inline void Stage::prepare(const base::Context&) {}

} // namespace imgbuild::build
