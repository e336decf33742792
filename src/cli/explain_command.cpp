// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "base/time.hpp"
#include "cli/build_arguments.hpp"
#include "cli/commands.hpp"
#include "cli/runtime.hpp"
#include "cli/table.hpp"
#include "cli/workshop.hpp"
#include "json/json.hpp"
#include "net/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iostream>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

std::string state_text(const build::StageState& state) {
    return state.cached ? "cached" : "to run: " + base::join(state.reasons, ", ");
}

/// "3 h ago"
std::string age_text(std::int64_t asked) {
    const std::int64_t age = base::now() - asked;
    if (age < 2) {
        return "just now";
    }
    constexpr std::int64_t hour = 3600;
    const std::string text = age < hour        ? base::format_duration(static_cast<double>(age))
                             : age < 48 * hour ? fmt::format("{} h", age / hour)
                                               : fmt::format("{} days", age / (24 * hour));
    return text + " ago";
}

/// How old the answer is that all keys are made of.
std::string resolution_text(std::int64_t asked) {
    const std::string age = age_text(asked);
    return age == "just now"
               ? "resolved just now\n"
               : fmt::format(
                     "resolved {}; a build asks the mirrors again, so does --refresh\n", age);
}

/// Which image a name stands for, and since when that is known; a name with a digest is always the same.
std::string image_text(const oci::PinnedImage& image) {
    return fmt::format(
        "{} ({}, {} {}){}",
        image.reference,
        oci::to_string(image.digest()),
        image.layers.size(),
        image.layers.size() == 1 ? "layer" : "layers",
        image.asked == 0 ? "" : ", " + age_text(image.asked));
}

json::Value image_to_json(const oci::PinnedImage& image) {
    return {
        {"reference", image.reference},
        {"digest", oci::to_string(image.digest())},
        {"resolved", image.asked}};
}

json::Value plan_to_json(const Workshop& workshop, const std::vector<build::StageState>& states) {
    json::Value document;
    document["name"] = workshop.inputs().request.name;
    document["arch"] = workshop.inputs().request.architecture;
    document["profiles"] = workshop.inputs().request.profiles;
    document["epoch"] = workshop.inputs().epoch;
    document["resolved"] = workshop.inputs().resolution.asked;
    if (workshop.inputs().base) {
        document["derived_from"] = image_to_json(workshop.inputs().base->image);
    }
    document["containers"] = json::Value::array();
    for (const build::ContainerInput& container : workshop.inputs().containers) {
        document["containers"].push_back(image_to_json(container.image));
    }
    document["stages"] = json::Value::array();
    const build::Plan& plan = workshop.plan();
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        document["stages"].push_back(
            {{"name", plan.stages[i].stage->name()},
             {"key", plan.stages[i].key.hex()},
             {"cached", states[i].cached},
             {"reasons", states[i].reasons}});
    }
    document["stages"].push_back({{"name", "pack"}, {"key", plan.pack_key.hex()}});
    document["repositories"] = json::Value::array();
    for (const package::PackageSource& source : workshop.inputs().packages.sources) {
        document["repositories"].push_back(
            {{"alias", source.alias},
             {"url", net::without_secrets(source.url)},
             {"from", source.origin}});
    }
    return document;
}

void print_table(const Workshop& workshop, const std::vector<build::StageState>& states) {
    const build::Inputs& inputs = workshop.inputs();
    std::cout << fmt::format(
        "{} {} for {}{}\n",
        inputs.request.name,
        inputs.request.version,
        inputs.request.architecture,
        inputs.request.profiles.empty()
            ? ""
            : ", profiles " + base::join(inputs.request.profiles, ", "));
    std::cout << fmt::format(
        "{} packages, times not later than {}\n",
        inputs.resolution.packages.size(),
        base::format_utc(inputs.epoch));
    std::cout << resolution_text(inputs.resolution.asked);
    if (inputs.base) {
        std::cout << fmt::format("derived from {}\n", image_text(inputs.base->image));
    }
    for (const build::ContainerInput& container : inputs.containers) {
        std::cout << fmt::format("container {}\n", image_text(container.image));
    }
    std::size_t widest = 0;
    for (const package::PackageSource& source : inputs.packages.sources) {
        widest = std::max(widest, source.alias.size());
    }
    for (const package::PackageSource& source : inputs.packages.sources) {
        std::cout << fmt::format(
            "{:<{}}  {} ({})\n",
            source.alias,
            widest,
            net::without_secrets(source.url),
            source.origin);
    }
    const build::Plan& plan = workshop.plan();
    Table table({"STAGE", "KEY", "STATE"});
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        table.add(
            {plan.stages[i].stage->name(),
             plan.stages[i].key.hex().substr(0, 12),
             state_text(states[i])});
    }
    table.add(
        {"pack",
         plan.pack_key.hex().substr(0, 12),
         "to run, unless the target directory holds its result"});
    std::cout << '\n' << table.text();
}

class ExplainCommand final : public Command {
public:
    std::string name() const override { return "explain"; }

    std::string summary() const override { return "Show what a build would do, and why"; }

    std::string examples() const override {
        return "  imgbuild explain descriptions/debian-minimal\n"
               "  imgbuild explain node.xml --profile gpu --json | jq '.stages[] | .name'";
    }

    void declare(CLI::App& app) override {
        arguments_.declare(app);
        app.add_flag("--json", as_json_, "Print the plan as JSON");
    }

    int run(const GlobalOptions& options) override {
        Runtime runtime(options, Runtime::Privileges::look_at_roots);
        const base::Context context = runtime.context();
        const Workshop workshop(arguments_, runtime.store_path(), context, Indexes::last_known);
        const std::vector<build::StageState> states =
            build::look_up(workshop.plan(), workshop.inputs(), workshop.store(), context);
        if (as_json_) {
            std::cout << json::dump(plan_to_json(workshop, states));
        } else {
            print_table(workshop, states);
        }
        return 0;
    }

private:
    BuildArguments arguments_;
    bool as_json_ = false;
};

} // namespace

std::unique_ptr<Command> make_explain_command() {
    return std::make_unique<ExplainCommand>();
}

} // namespace imgbuild::cli
