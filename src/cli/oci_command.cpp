// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/image_arguments.hpp"
#include "cli/image_report.hpp"
#include "cli/runtime.hpp"
#include "cli/workshop.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

class OciCommand final : public Command {
public:
    std::string name() const override { return "oci"; }

    std::string summary() const override { return "Look at container images"; }

    std::string examples() const override {
        return "  imgbuild oci inspect docker://registry.example/group/name:tag\n"
               "  imgbuild oci inspect oci-archive:name.tar --json | jq '.layers[].digest'\n"
               "  imgbuild oci inspect debian:12 --raw       the manifest's own bytes";
    }

    void declare(CLI::App& app) override {
        app.require_subcommand(1);
        inspect_ = app.add_subcommand("inspect", "Show what an image is, without its layers");
        inspect_->fallthrough();
        arguments_.declare(*inspect_);
        CLI::Option* const json = inspect_->add_flag("--json", as_json_, "Print it as JSON");
        CLI::Option* const raw = inspect_->add_flag(
            "--raw", raw_, "Print the manifest (or the index) byte by byte as it was found");
        CLI::Option* const config =
            inspect_->add_flag("--config", config_, "Print the config byte by byte");
        json->excludes(raw)->excludes(config);
        raw->excludes(config);
    }

    int run(const GlobalOptions& options) override {
        const oci::Platform platform = arguments_.wanted_platform();
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const store::Store store = open_store(runtime.store_path(), runtime.context());
        const store::WorkDirectory in_use = store.make_work_directory();
        const base::Context context = runtime.context();
        const oci::PinnedImage image =
            oci::open_image_source(arguments_.uri, arguments_.source_options(store), context)
                ->resolve(platform, context);
        if (raw_) {
            std::cout << (image.index ? image.index->bytes : image.manifest.bytes);
        } else if (config_) {
            std::cout << image.config.bytes;
        } else {
            std::cout << (as_json_ ? image_json(image) : image_text(image));
        }
        return 0;
    }

private:
    CLI::App* inspect_ = nullptr;
    ImageArguments arguments_;
    bool as_json_ = false;
    bool raw_ = false;
    bool config_ = false;
};

} // namespace

std::unique_ptr<Command> make_oci_command() {
    return std::make_unique<OciCommand>();
}

} // namespace imgbuild::cli
