// SPDX-License-Identifier: Apache-2.0
#include "build/stages/install_stage.hpp"

#include <fmt/format.h>

namespace imgbuild::build {

InstallStage::InstallStage(const Inputs& inputs, package::PackageManager& manager)
    : inputs_(inputs)
    , manager_(manager) {}

std::string InstallStage::title() const {
    return fmt::format("installing {} packages", inputs_.resolution.packages.size());
}

void InstallStage::describe(KeyInputs& inputs) const {
    inputs.add("package manager", manager_.name());
    inputs.add("architecture", inputs_.request.architecture);
    inputs.add("epoch", inputs_.epoch);
    inputs.add("documentation", inputs_.packages.exclude_documentation ? "left out" : "kept");
    inputs.add("initrd", inputs_.packages.build_initrd ? "built" : "none");
    inputs.add("debconf.seed", crypto::sha256(inputs_.packages.debconf_seed));
    for (const package::ResolvedPackage& package : inputs_.resolution.packages) {
        inputs.add(
            fmt::format("package {}:{}", package.name, package.architecture),
            fmt::format(
                "{} {}{}",
                package.version,
                package.digest.hex(),
                package.automatic ? " automatic" : ""));
    }
    std::string order;
    for (const package::InstallStep& step : inputs_.resolution.steps) {
        order += step.action == package::InstallStep::Action::unpack ? "unpack" : "configure";
        for (const std::size_t package : step.packages) {
            order += fmt::format(" {}", package);
        }
        order += '\n';
    }
    inputs.add("order of installing", crypto::sha256(order));
}

void InstallStage::prepare(const base::Context& context) {
    manager_.fetch(inputs_.packages, inputs_.resolution, context);
}

void InstallStage::run(const StageContext& stage) {
    manager_.install(stage.root, inputs_.packages, inputs_.resolution, stage.context);
}

} // namespace imgbuild::build
