// SPDX-License-Identifier: Apache-2.0
#include "build/stages/initrd_stage.hpp"

#include "build/initrd.hpp"

#include <fmt/format.h>

namespace imgbuild::build {

namespace {

/// Raise when the tools are called in another way.
constexpr int initrd_version = 1;

} // namespace

bool InitrdStage::has_work(const Inputs& inputs) {
    const std::string& system = inputs.request.initrd_system;
    return system == "dracut" || system == "initramfs-tools";
}

std::string InitrdStage::title() const {
    return fmt::format("making an initrd with {}", inputs_.request.initrd_system);
}

void InitrdStage::describe(KeyInputs& inputs) const {
    inputs.add("version of making initrds", initrd_version);
    inputs.add("system", inputs_.request.initrd_system);
    inputs.add("epoch", inputs_.epoch);
    for (const description::InitrdPart& part : inputs_.request.initrd_parts) {
        inputs.add(
            fmt::format("{} {}{}", part.action, part.module, part.driver),
            part.module.empty() ? "driver" : "module");
    }
}

void InitrdStage::run(const StageContext& stage) {
    const InitrdWishes wishes = {
        inputs_.request.initrd_system, inputs_.request.initrd_parts, inputs_.epoch};
    (void)make_initrd(
        stage.root.mount_path(),
        stage.root.root(),
        stage.below,
        wishes,
        stage.scratch,
        stage.context);
}

} // namespace imgbuild::build
