// SPDX-License-Identifier: Apache-2.0
#include "build/stages/install_stage.hpp"

#include "base/text.hpp"
#include "build/stages/compress_ahead.hpp"
#include "pack/chunk_warmer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgbuild::build {

InstallStage::InstallStage(
    std::string name,
    const package::PackageRequest& request,
    const package::Resolution& resolution,
    package::PackageManager& manager,
    pack::Compression compression,
    const store::Store& store,
    const base::Context& context)
    : name_(std::move(name))
    , request_(request)
    , resolution_(resolution)
    , manager_(manager)
    , compression_(compression)
    , store_(store)
    , tools_(manager.tool_versions(context)) {}

std::string InstallStage::title() const {
    const auto count = std::count_if(
        resolution_.packages.begin(),
        resolution_.packages.end(),
        [](const package::ResolvedPackage& package) { return !package.installed_before; });
    return fmt::format("installing {} packages", count);
}

void InstallStage::describe(KeyInputs& inputs) const {
    inputs.add("package manager", manager_.name());
    inputs.add("installing tools", base::join(tools_, ", "));
    inputs.add("architecture", request_.architecture);
    inputs.add("epoch", request_.epoch);
    inputs.add("documentation", request_.exclude_documentation ? "left out" : "kept");
    inputs.add("debconf.seed", crypto::sha256(request_.debconf_seed));
    for (const package::ResolvedPackage& package : resolution_.packages) {
        inputs.add(
            fmt::format("package {}:{}", package.name, package.architecture),
            fmt::format(
                "{} {}{}",
                package.version,
                package.digest.hex(),
                package.automatic ? " automatic" : ""));
    }
    std::string order;
    for (const package::InstallStep& step : resolution_.steps) {
        order += step.action == package::InstallStep::Action::unpack ? "unpack" : "configure";
        for (const std::size_t package : step.packages) {
            order += fmt::format(" {}", package);
        }
        order += '\n';
    }
    inputs.add("order of installing", crypto::sha256(order));
}

void InstallStage::prepare(const base::Context& context) {
    manager_.fetch(request_, resolution_, context);
}

void InstallStage::run(const StageContext& stage) {
    pack::ChunkWarmer warmer(stage.root.root(), compression_, request_.epoch, store_);
    // Gone before the root is.
    CompressAhead ahead(warmer, stage.context);
    manager_.install(
        stage.root,
        request_,
        resolution_,
        [&ahead](bool are_all) { ahead.on_unpacked(are_all); },
        stage.context);
}

} // namespace imgbuild::build
