// SPDX-License-Identifier: Apache-2.0
#include "cli/described_image.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "build/build_result.hpp"
#include "build/pipeline.hpp"
#include "description/description.hpp"
#include "images/recovery.hpp"
#include "images/root_copy.hpp"
#include "root/layered_root.hpp"

#include <fmt/format.h>

#include <iostream>

namespace imgbuild::cli {

images::ImportSource built_source(const Workshop& workshop, build::BuildLog& log) {
    const build::Plan& plan = workshop.plan();
    return {
        .description = workshop.options().description,
        .details =
            [&plan] {
                return std::vector<std::pair<std::string, std::string>>{
                    {"key", plan.stages.back().key.hex()}};
            },
        .fill =
            [&workshop, &plan, &log](const root::Root& into, const base::Context& context) {
                build::Pipeline(
                    workshop.options(),
                    workshop.inputs(),
                    plan,
                    workshop.manager(),
                    workshop.store(),
                    log,
                    context)
                    .run_stages(plan.stages.size() - 1);
                const std::vector<store::Key> layers = plan.layer_keys();
                const auto driver =
                    root::make_layer_driver(workshop.options().driver, workshop.store(), context);
                const auto root = driver->open(
                    layers, root::inventory_of_layers(workshop.store(), layers), context);
                images::copy_root(root->root(), into, {}, context);
            }};
}

bool is_description(const std::string& path) {
    if (!base::is_directory(path)) {
        return path.ends_with(".xml") || path.ends_with(".kiwi");
    }
    // A root has directories of its own; a description lies beside its files.
    if (base::is_directory(base::join_path(path, "usr"))) {
        return false;
    }
    try {
        description::find_description_file(path);
        return true;
    } catch (const base::UsageError&) {
        return false;
    }
}

std::string image_of_result(const std::string& directory) {
    const std::string file = base::join_path(directory, build::result_file_name);
    if (!base::exists(file)) {
        return {};
    }
    const build::BuildResult result = build::parse_build_result(base::read_file(file), file);
    for (const build::Artifact& artifact : result.artifacts) {
        if (artifact.kind == "image") {
            return base::join_path(directory, artifact.path);
        }
    }
    return {};
}

void put_built_image(
    const images::ImageStore& store,
    const std::string& name,
    const Workshop& workshop,
    build::BuildLog& log,
    const base::Context& context) {
    images::import_image(store, name, built_source(workshop, log), {.update = true}, context);
    const images::ImageLock lock = images::lock_image(
        store,
        name,
        images::LockKind::exclusive,
        fmt::format("build {}", name),
        images::LockWait::wait,
        context);
    const images::BuildOutcome outcome =
        images::build_image(store, name, workshop.store(), {}, context);
    images::report_findings(outcome.findings, context.reporter);
    print_built(name, outcome);
    std::cout << fmt::format("to give it to nodes: wwctl profile set --image {} default\n", name);
}

void print_built(const std::string& name, const images::BuildOutcome& outcome) {
    const std::string sizes = fmt::format(
        "{} packed, {} unpacked",
        base::format_bytes(outcome.size),
        base::format_bytes(outcome.unpacked_size));
    if (outcome.is_current) {
        std::cout << fmt::format("{}: nothing changed ({})\n", name, sizes);
    } else if (outcome.former_size) {
        std::cout << fmt::format(
            "{}: built ({}; packed before: {})\n",
            name,
            sizes,
            base::format_bytes(*outcome.former_size));
    } else {
        std::cout << fmt::format("{}: built ({})\n", name, sizes);
    }
}

} // namespace imgbuild::cli
