// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"
#include "build/stage.hpp"

namespace imgbuild::build {

/// The <file> elements: single files of the description, with owner and permissions.
class FilesStage final : public Stage {
public:
    explicit FilesStage(const Inputs& inputs);

    std::string name() const override { return "files"; }

    std::string title() const override { return "copying files of the description"; }

    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    void copy(
        const description::FileItem& file,
        const std::string& source,
        const StageContext& stage) const;

    const Inputs& inputs_;
};

/// Where a <file> element's file lands: its target, or the root under its own name.
std::string target_of(const description::FileItem& file);

} // namespace imgbuild::build
