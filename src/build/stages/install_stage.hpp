// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/stage.hpp"
#include "pack/compression.hpp"
#include "package/package_manager.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace imgbuild::build {

/// Packages, as one transaction: those of bootstrap and image into an empty root, or, where something
/// of the description comes between them, only the bootstrap's, and the image's on top in a second one.
class InstallStage final : public Stage {
public:
    /// @param request, resolution, manager, store outlive the stage.
    /// @param compression what the image will be packed with; decides nothing here but what is compressed
    ///        ahead on processors that have nothing to do while packages are configured.
    InstallStage(
        std::string name,
        const package::PackageRequest& request,
        const package::Resolution& resolution,
        package::PackageManager& manager,
        pack::Compression compression,
        const store::Store& store,
        const base::Context& context);

    std::string name() const override { return name_; }

    std::string title() const override;
    void describe(KeyInputs& inputs) const override;
    void prepare(const base::Context& context) override;
    void run(const StageContext& stage) override;

private:
    std::string name_;
    const package::PackageRequest& request_;
    const package::Resolution& resolution_;
    package::PackageManager& manager_;
    pack::Compression compression_;
    const store::Store& store_;
    std::vector<std::string> tools_;
};

} // namespace imgbuild::build
