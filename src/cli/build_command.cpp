// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "base/text.hpp"
#include "build/build_log.hpp"
#include "build/log_place.hpp"
#include "build/pipeline.hpp"
#include "cli/build_arguments.hpp"
#include "cli/commands.hpp"
#include "cli/described_image.hpp"
#include "cli/image_options.hpp"
#include "cli/runtime.hpp"
#include "cli/timeline.hpp"
#include "cli/trace_files.hpp"
#include "cli/trace_recorder.hpp"
#include "cli/workshop.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

/// What a person wants to know after a build; paths on standard output, so that scripts can use them.
void print_result(const build::BuildResult& result, const std::string& directory) {
    for (const build::Artifact& artifact : result.artifacts) {
        if (artifact.kind == "image" || artifact.kind == "kernel") {
            std::cout << fmt::format(
                "{:<8} {}  ({})\n",
                artifact.kind,
                base::join_path(directory, artifact.path),
                base::format_bytes(artifact.size));
        }
    }
    std::cout << fmt::format(
        "{:<8} nodes need {} or more\n", "memory", base::format_bytes(result.memory_needed));
}

class BuildCommand final : public Command {
public:
    std::string name() const override { return "build"; }

    std::string summary() const override { return "Build a node image from a description"; }

    std::string examples() const override {
        return "  imgbuild build descriptions/debian-minimal --target-dir out\n"
               "  imgbuild build node.xml --warewulf node\n"
               "      put it where this machine's Warewulf server looks\n"
               "  imgbuild build node.xml --target-dir out --profile gpu --profile login\n"
               "      two profiles of one description\n"
               "  imgbuild build node.xml --target-dir out --mirror debian=http://mirror/debian\n"
               "      mirror:debian of the description is a mirror of the site\n"
               "  imgbuild build node.xml --target-dir out --secret token=/root/token\n"
               "      config.sh reads /run/secrets/token; it enters no layer, key or log";
    }

    void declare(CLI::App& app) override {
        arguments_.declare(app);
        app.add_option("--target-dir", arguments_.build.target_directory, "Where the result goes")
            ->type_name("DIR");
        app.add_option(
               "--warewulf",
               image_,
               "Put root and image among the images of this machine's Warewulf server")
            ->type_name("NAME");
        app.add_option(
               "--trace", trace_file_, "Write what ran when, for the trace viewers of browsers")
            ->type_name("FILE");
        app.add_option("--timeline", timeline_file_, "Write what ran when as a picture (SVG)")
            ->type_name("FILE");
        app.add_option("--warewulfconf", images_.locations.warewulf_conf, "Another warewulf.conf")
            ->type_name("FILE");
    }

    int run(const GlobalOptions& options) override {
        if (arguments_.build.target_directory.empty() && image_.empty()) {
            throw base::UsageError("build needs --target-dir DIR, or --warewulf NAME");
        }
        if (!image_.empty()) {
            images::ImageStore::check_name(image_);
            images_.locations.warewulf = true;
        }
        arguments_.store = options.store;
        Runtime runtime(options, Runtime::Privileges::build_roots);
        // The log lies in the store: a failed build leaves the target untouched. A good one has a copy.
        base::Context context = runtime.context();
        std::optional<TraceRecorder> recorder;
        if (!trace_file_.empty() || !timeline_file_.empty()) {
            recorder.emplace(runtime.reporter());
        }
        build::BuildLog log(
            build::new_log_path(open_store(runtime.store_path(), context).path(), "build"),
            recorder ? *recorder : runtime.reporter(),
            context.stop);
        const base::Context logged = {log, context.pool, context.stop};
        if (!arguments_.build.target_directory.empty()) {
            build::ResultDirectory(arguments_.build.target_directory);
        }
        try {
            const Workshop workshop(arguments_, runtime.store_path(), logged);
            if (!arguments_.build.target_directory.empty()) {
                build::Pipeline pipeline(
                    workshop.options(),
                    workshop.inputs(),
                    workshop.plan(),
                    workshop.manager(),
                    workshop.store(),
                    log,
                    logged);
                print_result(pipeline.run(), workshop.options().target_directory);
            }
            if (!image_.empty()) {
                put_built_image(images_.open_store(), image_, workshop, log, logged);
            }
            ::unlink(log.path().c_str());
            if (recorder) {
                write_trace(recorder->trace());
            }
        } catch (base::Error& error) {
            log.record(fmt::format("error: {}", error.what()));
            if (error.exit_code() == base::ExitCode::script) {
                std::vector<std::string> details = error.details();
                details.push_back("the whole log: " + log.path());
                error.set_details(details);
            }
            throw;
        }
        return 0;
    }

private:
    void write_trace(const Trace& trace) const {
        if (!trace_file_.empty()) {
            base::replace_file(trace_file_, chrome_trace(trace));
        }
        if (!timeline_file_.empty()) {
            base::replace_file(timeline_file_, timeline_svg(trace));
        }
    }

    std::string trace_file_;
    std::string timeline_file_;
    BuildArguments arguments_;
    ImageOptions images_;
    std::string image_;
};

} // namespace

std::unique_ptr<Command> make_build_command() {
    return std::make_unique<BuildCommand>();
}

} // namespace imgbuild::cli
