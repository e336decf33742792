// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/container_input.hpp"
#include "build/first_load.hpp"
#include "build/stage.hpp"
#include "config/storage_conf.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace imgbuild::build {

/// The <container> elements: images saved as files, or put into the node's container storage. What they
/// consist of comes from layers of the store that depend on the containers alone (ContainerLayers); this
/// stage adds what depends on the root.
class ContainersStage final : public Stage {
public:
    /// @param containers, store outlive the stage.
    ContainersStage(const std::vector<ContainerInput>& containers, const store::Store& store);

    std::string name() const override { return "containers"; }

    std::string title() const override;
    void describe(KeyInputs& inputs) const override;
    /// Brings the layers into the store.
    void prepare(const base::Context& context) override;
    void run(const StageContext& stage) override;

private:
    void save(
        const ContainerInput& container,
        naming::ArchiveFormat format,
        const std::string& path,
        const StageContext& stage) const;
    void preload(
        const std::vector<const ContainerInput*>& containers,
        const std::string& place,
        bool is_public,
        const StageContext& stage) const;
    FirstLoad keep_for_first_boot(
        const ContainerInput& container, const std::string& tool, const StageContext& stage) const;

    const std::vector<ContainerInput>& containers_;
    const store::Store& store_;
};

} // namespace imgbuild::build
