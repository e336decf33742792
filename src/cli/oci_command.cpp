// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "cli/image_arguments.hpp"
#include "cli/image_report.hpp"
#include "cli/runtime.hpp"
#include "cli/workshop.hpp"
#include "oci/apply_layers.hpp"
#include "oci/image_layers.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

class OciCommand final : public Command {
public:
    std::string name() const override { return "oci"; }

    std::string summary() const override { return "Look at container images and unpack them"; }

    std::string examples() const override {
        return "  imgbuild oci inspect docker://registry.example/group/name:tag\n"
               "  imgbuild oci inspect oci-archive:name.tar --json | jq '.layers[].digest'\n"
               "  imgbuild oci inspect debian:12 --raw       the manifest's own bytes\n"
               "  imgbuild oci unpack oci-archive:name.tar DIR";
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
        unpack_ =
            app.add_subcommand("unpack", "Make the root file system of an image in a directory");
        unpack_->fallthrough();
        unpack_arguments_.declare(*unpack_);
        unpack_->add_option("DIR", directory_, "A directory that is empty or does not exist yet")
            ->required()
            ->type_name("DIR");
        unpack_
            ->add_option(
                "--max-entries",
                limits_.entries,
                "Refuse images with more files and directories than this")
            ->capture_default_str()
            ->type_name("COUNT");
    }

    int run(const GlobalOptions& options) override {
        return unpack_->parsed() ? unpack(options) : inspect(options);
    }

private:
    int inspect(const GlobalOptions& options) const {
        const oci::Platform platform = arguments_.wanted_platform();
        Runtime runtime(options, Runtime::Privileges::look_at_roots);
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

    int unpack(const GlobalOptions& options) const {
        const oci::Platform platform = unpack_arguments_.wanted_platform();
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const store::Store store = open_store(runtime.store_path(), runtime.context());
        const store::WorkDirectory in_use = store.make_work_directory();
        const base::Context context = runtime.context();
        oci::UnpackPlace place(directory_);
        const auto source = oci::open_image_source(
            unpack_arguments_.uri, unpack_arguments_.source_options(store), context);
        const oci::PinnedImage image = source->resolve(platform, context);
        oci::BlobFetch fetch(
            *source,
            store,
            oci::layer_blobs(image),
            "pulling " + image.reference,
            context,
            oci::LocalBlobs::read_in_place);
        std::vector<oci::LayerInput> layers = oci::layer_inputs(image, fetch);
        for (oci::LayerInput& layer : layers) {
            layer.kept_in = &store;
        }
        oci::unpack_layers(layers, place, limits_, context);
        fetch.wait();
        std::cout << oci::to_string(image.digest()) << '\n';
        return 0;
    }

    CLI::App* inspect_ = nullptr;
    ImageArguments arguments_;
    CLI::App* unpack_ = nullptr;
    ImageArguments unpack_arguments_;
    std::string directory_;
    oci::LayerLimits limits_;
    bool as_json_ = false;
    bool raw_ = false;
    bool config_ = false;
};

} // namespace

std::unique_ptr<Command> make_oci_command() {
    return std::make_unique<OciCommand>();
}

} // namespace imgbuild::cli
