// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"
#include "build/stage.hpp"

namespace imgbuild::build {

/// Bootstrap and image packages, as one transaction into an empty root.
class InstallStage final : public Stage {
public:
    InstallStage(const Inputs& inputs, package::PackageManager& manager);

    std::string name() const override { return "install"; }

    std::string title() const override;
    void describe(KeyInputs& inputs) const override;
    void prepare(const base::Context& context) override;
    void run(const StageContext& stage) override;

private:
    const Inputs& inputs_;
    package::PackageManager& manager_;
};

} // namespace imgbuild::build
