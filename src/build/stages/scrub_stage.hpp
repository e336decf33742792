// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"
#include "build/stage.hpp"

#include <functional>
#include <string>

namespace imgbuild::build {

/// Removes what must not be the same on every node (identities, keys, secrets that package scripts
/// made) and what only the build needed (caches, logs, backups), and adds the units that make up for
/// it at boot.
class ScrubStage final : public Stage {
public:
    /// @param packages gives the root as the install stage left it: a secret that is still as a
    ///        package's script made it is removed; one that the description changed or brought stays.
    ScrubStage(const Inputs& inputs, std::function<tree::Inventory()> packages);

    std::string name() const override { return "scrub"; }

    std::string title() const override {
        return "removing identities, secrets and traces of the build";
    }

    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    void remove_identities(const StageContext& stage, const tree::Inventory& packages) const;

    const Inputs& inputs_;
    std::function<tree::Inventory()> packages_;
};

} // namespace imgbuild::build
