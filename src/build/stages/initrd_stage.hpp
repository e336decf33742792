// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"
#include "build/stage.hpp"

#include <string>

namespace imgbuild::build {

/// Makes the initrd that type/@initrd_system asks for, when all else of the root is complete.
class InitrdStage final : public Stage {
public:
    static bool has_work(const Inputs& inputs);

    explicit InitrdStage(const Inputs& inputs)
        : inputs_(inputs) {}

    std::string name() const override { return "initrd"; }

    std::string title() const override;
    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    const Inputs& inputs_;
};

} // namespace imgbuild::build
