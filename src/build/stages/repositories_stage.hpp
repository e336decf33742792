// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"
#include "build/stage.hpp"

namespace imgbuild::build {

/// The image's own package sources: repositories with imageinclude or imageonly.
class RepositoriesStage final : public Stage {
public:
    explicit RepositoriesStage(const Inputs& inputs);

    static bool has_work(const Inputs& inputs);

    std::string name() const override { return "repositories"; }

    std::string title() const override { return "writing the image's package sources"; }

    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    const Inputs& inputs_;
};

/// A deb822 source for the image: public URL, no credentials.
/// @param key_file path in the image of the keys; empty if there are none.
std::string deb822_source(const package::PackageSource& source, std::string_view key_file);

/// The priority of a source as apt_preferences(5) has it: a pin of its host. Empty without a priority.
std::string preferences_of(const package::PackageSource& source);

/// Whether such a pin means this source: all others of the image on its host have the same priority.
bool can_be_pinned(
    const package::PackageSource& source, const std::vector<package::PackageSource>& all);

} // namespace imgbuild::build
