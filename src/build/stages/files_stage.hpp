// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/stage.hpp"
#include "description/request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace imgbuild::build {

/// The <file> elements: single files of the description, with owner and permissions.
class FilesStage final : public Stage {
public:
    /// @param name of the stage. @param paths of the files on the host, in their order.
    /// @param epoch becomes the files' time.
    FilesStage(
        std::string name,
        std::vector<description::FileItem> files,
        std::vector<std::string> paths,
        std::int64_t epoch);

    std::string name() const override { return name_; }

    std::string title() const override { return "copying files of the description"; }

    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    void copy(
        const description::FileItem& file,
        const std::string& source,
        const StageContext& stage) const;

    std::string name_;
    std::vector<description::FileItem> files_;
    std::vector<std::string> paths_;
    std::int64_t epoch_;
};

/// Where a <file> element's file lands: its target, or the root under its own name.
std::string target_of(const description::FileItem& file);

} // namespace imgbuild::build
