// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"
#include "build/stage.hpp"

namespace imgbuild::build {

/// Packages of type "uninstall", then those of type "delete", without regard to dependencies.
class RemoveStage final : public Stage {
public:
    RemoveStage(const Inputs& inputs, package::PackageManager& manager);

    std::string name() const override { return "remove"; }

    std::string title() const override { return "removing packages"; }

    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    const Inputs& inputs_;
    package::PackageManager& manager_;
};

} // namespace imgbuild::build
