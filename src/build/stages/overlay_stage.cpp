// SPDX-License-Identifier: Apache-2.0
#include "build/stages/overlay_stage.hpp"

#include "build/file_inputs.hpp"
#include "build/stages/archives_stage.hpp"
#include "root/copy_tree.hpp"

namespace imgbuild::build {

namespace {

/// Raise when the same trees would be copied to something else.
constexpr int overlay_version = 2;

} // namespace

OverlayStage::OverlayStage(const Inputs& inputs, const base::Context& context)
    : inputs_(inputs)
    , context_(context) {}

bool OverlayStage::has_work(const Inputs& inputs) {
    const description::Beside& beside = inputs.beside;
    return beside.overlay_tree || beside.overlay_archive || !beside.profile_trees.empty();
}

void OverlayStage::describe(KeyInputs& inputs) const {
    const description::Beside& beside = inputs_.beside;
    inputs.add("version of overlays", overlay_version);
    inputs.add("overlay modes", inputs_.request.overlay_modes);
    inputs.add("epoch", inputs_.epoch);
    if (beside.overlay_tree) {
        add_tree(inputs, "root", *beside.overlay_tree, context_);
    } else if (beside.overlay_archive) {
        add_file(inputs, "root archive", *beside.overlay_archive);
    }
    for (const auto& [profile, path] : beside.profile_trees) {
        add_tree(inputs, profile, path, context_);
    }
}

void OverlayStage::run(const StageContext& stage) {
    const description::Beside& beside = inputs_.beside;
    const root::CopyTreeOptions options = {
        .git_modes = inputs_.request.overlay_modes == "git", .mtime = inputs_.epoch};
    const auto copy = [&](const std::string& tree) {
        for (const tree::Entry& device :
             root::copy_tree(tree, stage.root.root(), options, stage.context)) {
            stage.root.record_device(device);
        }
    };
    if (beside.overlay_tree) {
        copy(*beside.overlay_tree);
    } else if (beside.overlay_archive) {
        unpack_archive(*beside.overlay_archive, "/", stage);
    }
    for (const auto& [profile, path] : beside.profile_trees) {
        copy(path);
    }
}

} // namespace imgbuild::build
