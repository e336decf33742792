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
/// The root as it was, to tell whose a secret is. One that is still as a package's script made it is
/// removed; one that the description changed or brought stays, with a warning if its script made it.
struct EarlierRoots {
    std::function<tree::Inventory()> as_installed;
    std::function<tree::Inventory()> before_scripts;
};

class ScrubStage final : public Stage {
public:
    ScrubStage(const Inputs& inputs, EarlierRoots earlier);

    std::string name() const override { return "scrub"; }

    std::string title() const override {
        return "removing identities, secrets and traces of the build";
    }

    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    void remove_identities(const StageContext& stage) const;

    const Inputs& inputs_;
    EarlierRoots earlier_;
};

} // namespace imgbuild::build
