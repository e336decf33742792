// SPDX-License-Identifier: Apache-2.0
#include "build/plan.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "build/last_build.hpp"
#include "build/stages/accounts_stage.hpp"
#include "build/stages/archives_stage.hpp"
#include "build/stages/containers_stage.hpp"
#include "build/stages/files_stage.hpp"
#include "build/stages/initrd_stage.hpp"
#include "build/stages/install_stage.hpp"
#include "build/stages/overlay_stage.hpp"
#include "build/stages/remove_stage.hpp"
#include "build/stages/repositories_stage.hpp"
#include "build/stages/script_stage.hpp"
#include "build/stages/scrub_stage.hpp"

#include <fmt/format.h>

#include <optional>

namespace imgbuild::build {

namespace {

constexpr std::string_view last_inputs = "last-inputs";

std::optional<std::string>
find_last_inputs(const store::Store& store, const Inputs& inputs, std::string_view stage_name) {
    for (const store::Key& key : last_build_keys(inputs.request, stage_name)) {
        if (auto record = store.find_record(last_inputs, key)) {
            return record;
        }
    }
    return std::nullopt;
}

/// Gives each stage its key: its own inputs on top of the key below.
class PlanBuilder {
public:
    explicit PlanBuilder(std::vector<store::Key> base_layers) {
        plan_.base_layers = std::move(base_layers);
    }

    void add(std::unique_ptr<Stage> stage) {
        const std::vector<store::Key> below = plan_.layer_keys();
        KeyInputs inputs;
        inputs.add("stage", stage->name());
        inputs.add("the stage below", below.empty() ? std::string("none") : below.back().hex());
        stage->describe(inputs);
        const store::Key key = inputs.key();
        plan_.stages.push_back({std::move(stage), key, inputs.text()});
    }

    std::vector<store::Key> keys() const { return plan_.layer_keys(); }

    Plan finish(pack::Compression compression, std::int64_t epoch) {
        KeyInputs inputs;
        inputs.add("stage", "pack");
        inputs.add("the stage below", plan_.stages.back().key.hex());
        inputs.add("compression", std::string(pack::compression_name(compression)));
        inputs.add("version of packing", pack::pack_version);
        inputs.add("epoch", epoch);
        plan_.pack_key = inputs.key();
        plan_.pack_inputs = inputs.text();
        return std::move(plan_);
    }

private:
    Plan plan_;
};

/// kiwi's order: what is unpacked, what is copied, then the script that sees it.
void add_bootstrap_work(const Inputs& inputs, PlanBuilder& plan) {
    const description::Request& request = inputs.request;
    const description::Beside& beside = inputs.beside;
    if (!request.bootstrap_archives.empty()) {
        plan.add(std::make_unique<ArchivesStage>(
            "bootstrap-archives", request.bootstrap_archives, beside.bootstrap_archives));
    }
    if (!request.bootstrap_files.empty()) {
        plan.add(std::make_unique<FilesStage>(
            "bootstrap-files", request.bootstrap_files, beside.bootstrap_files, inputs.epoch));
    }
    if (beside.post_bootstrap_script) {
        plan.add(std::make_unique<ScriptStage>(
            std::string(post_bootstrap_stage), *beside.post_bootstrap_script, inputs));
    }
}

/// Layers up to the end of each part; the first two are empty if the bootstrap is no part of its own.
struct PackageLayers {
    std::vector<store::Key> bootstrap;
    std::vector<store::Key> before_install;
    std::vector<store::Key> installed;
};

/// The root as packages made it: without what the description brought between bootstrap and image
/// packages, as far as these left it alone.
tree::Inventory made_by_packages(const store::Store& store, const PackageLayers& layers) {
    tree::Inventory installed = root::inventory_of_layers(store, layers.installed);
    const tree::Inventory brought = tree::difference(
        root::inventory_of_layers(store, layers.bootstrap),
        root::inventory_of_layers(store, layers.before_install));
    if (brought.entries().empty()) {
        return installed;
    }
    std::vector<tree::Entry> entries;
    for (const tree::Entry& entry : installed.entries()) {
        const tree::Entry* const other = brought.find(entry.path);
        if (other == nullptr || other->digest != entry.digest) {
            entries.push_back(entry);
        }
    }
    return tree::Inventory(std::move(entries));
}

} // namespace

std::vector<store::Key> Plan::layer_keys() const {
    return layers_below(stages.size());
}

std::vector<store::Key> Plan::layers_below(std::size_t index) const {
    std::vector<store::Key> keys = base_layers;
    for (std::size_t i = 0; i < index; ++i) {
        keys.push_back(stages[i].key);
    }
    return keys;
}

std::size_t Plan::index_of(std::string_view stage_name) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        names.push_back(stages[i].stage->name());
        if (names.back() == stage_name) {
            return i;
        }
    }
    if (stage_name == "pack") {
        base::UsageError error(
            "the stage pack has no root of its own: it packs that of the last one");
        error.set_hint(fmt::format("that is --stage {}", names.back()));
        throw error;
    }
    base::UsageError error(fmt::format("this description has no stage \"{}\"", stage_name));
    error.set_hint(fmt::format("its stages are {}", base::join(names, ", ")));
    throw error;
}

Plan make_plan(
    const Inputs& inputs,
    package::PackageManager& manager,
    const store::Store& store,
    const base::Context& context) {
    const description::Request& request = inputs.request;
    const description::Beside& beside = inputs.beside;
    PlanBuilder plan(inputs.base ? inputs.base->layers : std::vector<store::Key>());

    // An empty root, or that of a container. Packages come first: everything else may rely on their files
    // and accounts.
    PackageLayers layers;
    if (inputs.bootstrap) {
        plan.add(std::make_unique<InstallStage>(
            "bootstrap",
            inputs.bootstrap->request,
            inputs.bootstrap->resolution,
            manager,
            inputs.compression,
            store,
            context));
        layers.bootstrap = plan.keys();
        add_bootstrap_work(inputs, plan);
        layers.before_install = plan.keys();
    }
    if (!inputs.base || !inputs.resolution.steps.empty()) {
        plan.add(std::make_unique<InstallStage>(
            "install",
            inputs.packages,
            inputs.resolution,
            manager,
            inputs.compression,
            store,
            context));
    }
    layers.installed = plan.keys();

    // What the description brings. Archives before overlay trees, as in kiwi: the trees win.
    if (!request.image_archives.empty()) {
        plan.add(std::make_unique<ArchivesStage>(
            "archives", request.image_archives, beside.image_archives));
    }
    if (OverlayStage::has_work(inputs)) {
        plan.add(std::make_unique<OverlayStage>(inputs, context));
    }
    if (AccountsStage::has_work(inputs)) {
        plan.add(std::make_unique<AccountsStage>(inputs));
    }
    if (!request.image_files.empty()) {
        plan.add(std::make_unique<FilesStage>(
            "files", request.image_files, beside.image_files, inputs.epoch));
    }
    if (!inputs.containers.empty()) {
        plan.add(std::make_unique<ContainersStage>(inputs.containers, store));
    }
    if (RepositoriesStage::has_work(inputs)) {
        plan.add(std::make_unique<RepositoriesStage>(inputs));
    }

    // From here on the root is complete: scripts see all of it.
    const std::vector<store::Key> before_scripts = plan.keys();
    if (beside.config_script) {
        plan.add(std::make_unique<ScriptStage>("config", *beside.config_script, inputs));
    }
    if (!request.uninstall_packages.empty() || !request.delete_packages.empty()) {
        plan.add(std::make_unique<RemoveStage>(inputs, manager));
    }
    if (beside.images_script) {
        plan.add(std::make_unique<ScriptStage>("finish", *beside.images_script, inputs));
    }

    if (InitrdStage::has_work(inputs)) {
        plan.add(std::make_unique<InitrdStage>(inputs));
    }

    // Last: nothing that a script left behind gets past it.
    plan.add(std::make_unique<ScrubStage>(
        inputs,
        EarlierRoots{
            [&store, layers] { return made_by_packages(store, layers); },
            [&store, before_scripts] {
                return root::inventory_of_layers(store, before_scripts);
            }}));
    return plan.finish(inputs.compression, inputs.epoch);
}

std::vector<StageState> look_up(
    const Plan& plan,
    const Inputs& inputs,
    const store::Store& store,
    const base::Context& context) {
    // From the top down: what is looked at last counts as used last, and pruning has to take the
    // layers above before those below.
    std::vector<bool> is_stored(plan.stages.size());
    for (std::size_t i = plan.stages.size(); i > 0; --i) {
        is_stored[i - 1] = store.find_layer_content(plan.stages[i - 1].key, context).has_value();
    }
    std::vector<StageState> states;
    bool below_cached = std::all_of(
        plan.base_layers.rbegin(), plan.base_layers.rend(), [&](const store::Key& layer) {
            return store.find_layer_content(layer, context).has_value();
        });
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        const PlannedStage& planned = plan.stages[i];
        StageState state;
        state.cached = below_cached && is_stored[i];
        if (!state.cached) {
            const auto before = find_last_inputs(store, inputs, planned.stage->name());
            state.reasons = before ? KeyInputs::differences(*before, planned.inputs)
                                   : std::vector<std::string>{"never built"};
            if (state.reasons.empty()) {
                state.reasons = {
                    below_cached ? "its layer is no longer in the store"
                                 : "a stage below has to run"};
            }
        }
        below_cached = state.cached;
        states.push_back(std::move(state));
    }
    return states;
}

void remember_inputs(
    const store::Store& store,
    const Inputs& inputs,
    const std::string& stage_name,
    const std::string& text) {
    for (const store::Key& key : last_build_keys(inputs.request, stage_name)) {
        if (store.find_record(last_inputs, key) != text) {
            store.put_record(last_inputs, key, text);
        }
    }
}

} // namespace imgbuild::build
