// SPDX-License-Identifier: Apache-2.0
#include "build/pipeline.hpp"

#include "base/architecture.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "build/built_root.hpp"
#include "build/foreign_architecture.hpp"
#include "build/image_writer.hpp"
#include "json/json.hpp"
#include "root/layered_root.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::build {

namespace {

constexpr std::string_view warnings_record = "stage-warnings";

} // namespace

Pipeline::Pipeline(
    const BuildOptions& options,
    const Inputs& inputs,
    const Plan& plan,
    const package::PackageManager& manager,
    const store::Store& store,
    BuildLog& log,
    const base::Context& context)
    : options_(options)
    , inputs_(inputs)
    , plan_(plan)
    , manager_(manager)
    , store_(store)
    , log_(log)
    , context_(context)
    , states_(look_up(plan, inputs, store, context)) {
    const description::Request& request = inputs.request;
    result_.name = request.name;
    result_.version = request.version;
    result_.architecture = request.architecture;
    result_.tool_version = options.tool_version;
}

BuildResult Pipeline::run() {
    ResultDirectory target(options_.target_directory);

    // Nothing to do: every stage is in the store and the target directory holds the image made of them.
    if (take_unchanged_result(target)) {
        return result_;
    }

    target.require_writable();
    if (const auto former = target.current()) {
        told_warnings_ = former->warnings;
    }
    run_stages(plan_.stages.size() - 1);

    // From here on every layer is in the store.
    base::Activity activity(
        context_.reporter, {.kind = base::ActivityKind::stage, .title = "packing the image"});
    base::Context context = context_;
    context.parent_activity = activity.id();
    ImageWriter(options_, inputs_, plan_, manager_, store_, log_, context)
        .write(target, result_, [&] { return activity.seconds(); });
    return result_;
}

bool Pipeline::take_unchanged_result(ResultDirectory& target) {
    const bool all_cached = std::all_of(
        states_.begin(), states_.end(), [](const StageState& state) { return state.cached; });
    const auto former = target.current();
    if (!all_cached || !former || former->stages.size() != plan_.stages.size() + 1 ||
        former->stages.back().key != plan_.pack_key.hex() ||
        !target.verify(*former, store::FileDigests(store_))) {
        return false;
    }
    remember_root(store_, inputs_, plan_);
    result_ = *former;
    for (StageRecord& stage : result_.stages) {
        stage.cached = true;
        stage.seconds = 0;
    }
    for (const PlannedStage& planned : plan_.stages) {
        base::Activity activity(
            context_.reporter,
            {.kind = base::ActivityKind::stage, .title = planned.stage->title()});
        activity.mark_cached();
    }
    base::Activity activity(
        context_.reporter, {.kind = base::ActivityKind::stage, .title = "packing the image"});
    activity.mark_cached();
    base::replace_file(base::join_path(target.path(), result_file_name), to_json(result_));
    return true;
}

void Pipeline::run_stages(std::size_t last) {
    const bool all_cached = std::all_of(
        states_.begin(), states_.end(), [](const StageState& state) { return state.cached; });
    if (!all_cached) {
        require_runnable(inputs_.request.architecture, base::host_architecture());
    }
    for (std::size_t i = 0; i <= last; ++i) {
        if (!states_[i].cached) {
            plan_.stages[i].stage->prepare(context_);
        }
    }
    const std::unique_ptr<root::LayerDriver> driver =
        root::make_layer_driver(options_.driver, store_, context_);
    for (std::size_t i = 0; i <= last; ++i) {
        run_stage(i, *driver);
    }
    if (last + 1 == plan_.stages.size()) {
        remember_root(store_, inputs_, plan_);
    }
}

void Pipeline::run_stage(std::size_t index, root::LayerDriver& driver) {
    const PlannedStage& planned = plan_.stages[index];
    Stage& stage = *planned.stage;
    base::Activity activity(
        context_.reporter, {.kind = base::ActivityKind::stage, .title = stage.title()});
    base::Context context = context_;
    context.parent_activity = activity.id();
    if (states_[index].cached) {
        activity.mark_cached();
        recall_warnings(planned.key);
    } else {
        const std::size_t warnings_before = log_.warning_count();
        const std::vector<store::Key> below = plan_.layers_below(index);
        const tree::Inventory inventory = root::inventory_of_layers(store_, below);
        const std::unique_ptr<root::WorkingRoot> root = driver.open(below, inventory, context);
        const store::WorkDirectory scratch = store_.make_work_directory();
        try {
            stage.run({*root, inventory, scratch.path(), context, driver});
        } catch (base::Error& error) {
            error.add_context(fmt::format("stage {}", stage.name()));
            keep_failed_root(index, *root);
            throw;
        }
        // Before the layer: whoever finds that finds its warnings.
        remember_warnings(planned.key, log_.warnings(warnings_before));
        root->commit(planned.key, layer_description(stage.name()), inputs_.epoch, context);
    }
    remember_inputs(store_, inputs_, stage.name(), planned.inputs);
    result_.stages.push_back(
        {stage.name(),
         planned.key.hex(),
         states_[index].cached,
         states_[index].cached ? 0 : activity.seconds()});
}

void Pipeline::remember_warnings(
    const store::Key& key, const std::vector<std::string>& warnings) const {
    if (!warnings.empty()) {
        store_.put_record(warnings_record, key, json::dump_line(warnings));
    }
}

void Pipeline::recall_warnings(const store::Key& key) const {
    if (const auto record = store_.find_record(warnings_record, key)) {
        for (const json::Value& warning : json::parse(*record, "warnings of a stage")) {
            const auto text = warning.get<std::string>();
            const bool is_told = std::find(told_warnings_.begin(), told_warnings_.end(), text) !=
                                 told_warnings_.end();
            if (is_told) {
                log_.recall_warning(text);
            } else {
                log_.message(base::LogLevel::warning, text);
            }
        }
    }
}

void Pipeline::keep_failed_root(std::size_t index, root::WorkingRoot& root) {
    const store::Key key = failed_layer_key(plan_.stages[index].key);
    try {
        if (!store_.find_layer(key, context_)) {
            const std::string name = plan_.stages[index].stage->name() + " (failed)";
            root.commit(key, layer_description(name), inputs_.epoch, context_);
        }
    } catch (const base::Error& error) {
        // The stage's own failure is what the user must see.
        context_.reporter.message(
            base::LogLevel::info,
            fmt::format("the failed stage's root could not be kept: {}", error.what()));
    }
}

std::string Pipeline::layer_description(const std::string& stage_name) const {
    return fmt::format(
        "{} {} {}: {}", result_.name, result_.version, result_.architecture, stage_name);
}

store::Key failed_layer_key(const store::Key& stage_key) {
    return crypto::sha256("failed " + stage_key.hex());
}

} // namespace imgbuild::build
