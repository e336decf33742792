// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/stage.hpp"
#include "description/request.hpp"

#include <string>
#include <vector>

namespace imgbuild::build {

/// Unpacks the <archive> elements, each into its target_dir, with the owners the archive states.
class ArchivesStage final : public Stage {
public:
    /// @param name of the stage. @param paths of the archives on the host, in their order.
    ArchivesStage(
        std::string name,
        std::vector<description::Archive> archives,
        std::vector<std::string> paths);

    std::string name() const override { return name_; }

    std::string title() const override;
    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    std::string name_;
    std::vector<description::Archive> archives_;
    std::vector<std::string> paths_;
};

/// Unpacks one archive of the host into the root; devices that can't be made here are recorded.
void unpack_archive(const std::string& path, const std::string& target, const StageContext& stage);

} // namespace imgbuild::build
