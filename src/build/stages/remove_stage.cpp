// SPDX-License-Identifier: Apache-2.0
#include "build/stages/remove_stage.hpp"

#include "base/error.hpp"
#include "build/wanted_packages.hpp"

#include <fmt/format.h>

namespace imgbuild::build {

namespace {

/// Raise when the same packages would be removed otherwise.
constexpr int remove_version = 2;

} // namespace

RemoveStage::RemoveStage(const Inputs& inputs, package::PackageManager& manager)
    : inputs_(inputs)
    , manager_(manager) {}

void RemoveStage::describe(KeyInputs& inputs) const {
    inputs.add("version of removing packages", remove_version);
    inputs.add("epoch", inputs_.epoch);
    for (const description::NamedItem& item : inputs_.request.uninstall_packages) {
        inputs.add(fmt::format("uninstalled package {}", item.name), "");
    }
    for (const description::NamedItem& item : inputs_.request.delete_packages) {
        inputs.add(fmt::format("deleted package {}", item.name), "");
    }
}

void RemoveStage::run(const StageContext& stage) {
    const auto remove = [&](const std::vector<description::NamedItem>& items, bool forced) {
        if (items.empty()) {
            return;
        }
        for (const std::string& name : manager_.remove(
                 stage.root, wanted_packages(items), forced, inputs_.epoch, stage.context)) {
            stage.context.reporter.message(
                base::LogLevel::warning,
                fmt::format("package {} is to be removed but is not installed", name));
        }
    };
    remove(inputs_.request.uninstall_packages, false);
    remove(inputs_.request.delete_packages, true);
}

} // namespace imgbuild::build
