// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"
#include "build/stage.hpp"

namespace imgbuild::build {

/// The trees beside the description: root/, else root.tar.gz, then one tree per selected profile.
class OverlayStage final : public Stage {
public:
    /// @param context used while the trees are read for the key.
    OverlayStage(const Inputs& inputs, const base::Context& context);

    static bool has_work(const Inputs& inputs);

    std::string name() const override { return "overlay"; }

    std::string title() const override { return "copying the overlay trees"; }

    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    const Inputs& inputs_;
    const base::Context& context_;
};

} // namespace imgbuild::build
