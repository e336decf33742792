// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cli/image_verbs.hpp"
#include "cli/runtime.hpp"
#include "cli/verb_options.hpp"
#include "cli/version.hpp"
#include "cli/workshop.hpp"
#include "images/export.hpp"

#include <fmt/format.h>

#include <iostream>

namespace imgbuild::cli {

namespace {

class ImageExportCommand final : public Command {
public:
    explicit ImageExportCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "export"; }

    std::string summary() const override {
        return "Write an image as one file: a container image or a tar archive";
    }

    std::string examples() const override {
        return "  imgbuild image export node oci-archive:node.oci.tar\n"
               "  imgbuild image export node /srv/images/node.tar.gz";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_required("image", name_, "The image", "NAME");
        options.add_required(
            "destination",
            destination_,
            "oci-archive:FILE, docker-archive:FILE, tar:FILE, or a file whose ending says which: "
            ".oci.tar, .docker.tar, .tar, .tar.gz",
            "DST");
        options.add_flag("-f,--force", export_.force, "Replace a file that is there");
    }

    int run(const GlobalOptions& options) override {
        const images::ExportTarget target = images::parse_export_target(destination_);
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const base::Context context = runtime.context();
        export_.program_version = std::string(version);
        export_.wait = images_.wait();
        const images::ExportOutcome outcome = images::export_image(
            images_.open_store(),
            name_,
            target,
            export_,
            open_store(runtime.store_path(), context),
            context);
        std::cout << fmt::format(
            "{}: exported to {}, {} entries, {}{}\n",
            name_,
            target.path,
            outcome.entries,
            base::format_bytes(outcome.size),
            outcome.digest.empty() ? "" : ", " + outcome.digest);
        return 0;
    }

private:
    ImageOptions& images_;
    images::ExportOptions export_;
    std::string name_;
    std::string destination_;
};

} // namespace

std::unique_ptr<Command> make_image_export_command(ImageOptions& options) {
    return std::make_unique<ImageExportCommand>(options);
}

} // namespace imgbuild::cli
