// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "build/build_log.hpp"
#include "build/log_place.hpp"
#include "build/pipeline.hpp"
#include "build/script_environment.hpp"
#include "cli/build_arguments.hpp"
#include "cli/commands.hpp"
#include "cli/runtime.hpp"
#include "cli/workshop.hpp"
#include "root/layered_root.hpp"
#include "root/sandbox.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

class ShellCommand final : public Command {
public:
    std::string name() const override { return "shell"; }

    std::string summary() const override { return "Look around in the root as a stage left it"; }

    std::string examples() const override {
        return "  imgbuild shell descriptions/debian-minimal\n"
               "  imgbuild shell node.xml --stage config\n"
               "      the root after config.sh, or as config.sh left it when it failed\n"
               "  imgbuild shell node.xml -- dpkg --list";
    }

    void declare(CLI::App& app) override {
        arguments_.declare(app);
        app.add_option("--stage", stage_, "The stage whose result to enter. Default: the last one")
            ->type_name("NAME");
        app.add_flag(
            "--keep",
            keep_,
            "Keep the changes for the next shell of this stage; builds never see them");
        app.add_flag("--network", network_, "Let the shell reach the network");
        app.add_option("command", command_, "What to run instead of a shell; put it behind --")
            ->type_name("COMMAND");
    }

    int run(const GlobalOptions& options) override {
        arguments_.store = options.store;
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const base::Context context = runtime.context();
        const Workshop workshop(arguments_, runtime.store_path(), context);
        const build::Plan& plan = workshop.plan();
        const std::size_t index = stage_.empty() ? plan.stages.size() - 1 : plan.index_of(stage_);
        std::vector<store::Key> layers = plan.layers_below(index + 1);
        const store::Key failed = build::failed_layer_key(layers.back());
        if (!workshop.store().find_layer(layers.back(), context)) {
            if (workshop.store().find_layer(failed, context)) {
                runtime.reporter().message(
                    base::LogLevel::info,
                    fmt::format(
                        "the stage {} failed: this is the root as it left it",
                        plan.stages[index].stage->name()));
                layers.back() = failed;
            } else {
                build::BuildLog log(
                    build::new_log_path(workshop.store().path(), "shell"),
                    runtime.reporter(),
                    context.stop);
                const base::Context logged = {log, context.pool, context.stop};
                build::Pipeline(
                    workshop.options(),
                    workshop.inputs(),
                    plan,
                    workshop.manager(),
                    workshop.store(),
                    log,
                    logged)
                    .run_stages(index);
            }
        }
        // What earlier shells kept lies on top.
        store::Key kept = kept_layer_key(layers.back());
        while (workshop.store().find_layer(kept, context)) {
            layers.push_back(kept);
            kept = kept_layer_key(kept);
        }
        return enter(workshop, layers, kept, context);
    }

private:
    static store::Key kept_layer_key(const store::Key& below) {
        return crypto::sha256("kept " + below.hex());
    }

    int enter(
        const Workshop& workshop,
        const std::vector<store::Key>& layers,
        const store::Key& kept,
        const base::Context& context) const {
        const auto driver =
            root::make_layer_driver(arguments_.options().driver, workshop.store(), context);
        const auto root =
            driver->open(layers, root::inventory_of_layers(workshop.store(), layers), context);
        root::SandboxCommand command;
        command.argv = command_.empty() ? std::vector<std::string>{"/bin/sh", "-l"} : command_;
        if (command_.empty() && root->root().target_status("bin/bash")) {
            command.argv = {"/bin/bash", "-l"};
        }
        command.environment = build::command_environment();
        if (const char* const terminal = std::getenv("TERM")) {
            command.environment["TERM"] = terminal;
        }
        command.environment.erase("DEBIAN_FRONTEND");
        for (const auto& [name, file] : workshop.inputs().secrets) {
            command.binds.push_back({file, build::secret_path(name), true});
        }
        command.network = network_;
        command.interactive = true;
        const int status = root::Sandbox(root->mount_path()).run(command, context).status;
        if (keep_) {
            root->commit(kept, "kept by a shell", workshop.inputs().epoch, context);
        }
        return status;
    }

    BuildArguments arguments_;
    std::string stage_;
    bool keep_ = false;
    bool network_ = false;
    std::vector<std::string> command_;
};

} // namespace

std::unique_ptr<Command> make_shell_command() {
    return std::make_unique<ShellCommand>();
}

} // namespace imgbuild::cli
