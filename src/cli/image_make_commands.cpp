// SPDX-License-Identifier: Apache-2.0
// What makes images and what nodes load: import and build.
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "build/log_place.hpp"
#include "cli/described_image.hpp"
#include "cli/image_verbs.hpp"
#include "cli/runtime.hpp"
#include "cli/table.hpp"
#include "cli/verb_options.hpp"
#include "images/image_builder.hpp"
#include "images/import.hpp"
#include "images/recovery.hpp"
#include "images/syncuser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>

namespace imgbuild::cli {

namespace {

void build_one(
    const images::ImageStore& store,
    const std::string& name,
    const ImageOptions& options,
    const images::BuildOptions& build_options,
    Runtime& runtime) {
    const base::Context context = runtime.context();
    const images::ImageLock lock = images::lock_image(
        store,
        name,
        images::LockKind::exclusive,
        fmt::format("build {}", name),
        options.wait(),
        context);
    const images::BuildOutcome outcome = images::build_image(
        store, name, open_store(runtime.store_path(), context), build_options, context);
    images::report_findings(outcome.findings, runtime.reporter());
    print_built(name, outcome);
}

void sync_users(
    const images::ImageStore& store,
    const std::string& name,
    const ImageOptions& options,
    const base::Context& context) {
    const images::ImageLock lock = images::lock_image(
        store, name, images::LockKind::exclusive, "syncuser", options.wait(), context);
    const images::SyncPlan plan =
        images::plan_syncuser(store.open_root(name), images::host_accounts());
    images::write_syncuser(store, name, plan, context);
}

class ImageImportCommand final : public Command {
public:
    explicit ImageImportCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "import"; }

    std::string summary() const override { return "Make an image of a directory or archive"; }

    std::string examples() const override {
        return "  imgbuild image import /srv/chroot node\n"
               "  imgbuild image import root.tar.zst node --build --syncuser\n"
               "  imgbuild image import descriptions/debian-minimal node\n"
               "  imgbuild image import / this-machine";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_required(
            "source",
            source_,
            "A directory, a tar or cpio archive, a description, or the result of a build",
            "SOURCE");
        options.add_optional("image", name_, "The image's name. Default: the source's", "NAME");
        options.add_flag("-f,--force", import_.force, "Replace an image of that name");
        options.add_flag("-u,--update", import_.update, "Bring an image of that name up to date");
        options.add_flag("-b,--build", build_, "Build the image afterwards");
        options.add_flag("--syncuser", syncuser_, "Give users and groups this machine's numbers");
        options.add_flag(
            "--keep-singularity", keep_singularity_, "Keep what Apptainer puts into a sandbox");
    }

    int run(const GlobalOptions& options) override {
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const base::Context context = runtime.context();
        const images::ImageStore store = images_.open_store();
        if (name_.empty()) {
            name_ = default_name();
        }
        images::ImageStore::check_name(name_);
        import_.wait = images_.wait();
        report(import(store, runtime, context), runtime.reporter());
        if (syncuser_) {
            sync_users(store, name_, images_, context);
        }
        if (build_) {
            build_one(store, name_, images_, {}, runtime);
        }
        return 0;
    }

private:
    std::string default_name() const {
        std::string path = source_;
        while (path.size() > 1 && path.back() == '/') {
            path.pop_back();
        }
        std::string name = path.substr(path.rfind('/') + 1);
        for (const char* const ending :
             {".gz", ".xz", ".zst", ".bz2", ".tar", ".tgz", ".cpio", ".img", ".xml", ".kiwi"}) {
            if (name.ends_with(ending)) {
                name.erase(name.size() - std::string_view(ending).size());
            }
        }
        return name;
    }

    images::ImportOutcome
    import(const images::ImageStore& store, Runtime& runtime, const base::Context& context) const {
        const std::size_t colon = source_.find(':');
        if (colon != std::string::npos && !base::exists(source_)) {
            throw base::UsageError(
                fmt::format("{} can't be imported by this version", source_.substr(0, colon)))
                .set_hint("give a directory, a tar or cpio archive, or a description");
        }
        const std::string result = image_of_result(source_);
        if (!result.empty()) {
            return images::import_image(
                store, name_, images::archive_source(result), import_, context);
        }
        if (is_description(source_)) {
            return import_description(store, runtime, context);
        }
        const images::ImportSource source =
            base::is_directory(source_)
                ? images::directory_source(store, source_, keep_singularity_)
                : images::archive_source(source_);
        return images::import_image(store, name_, source, import_, context);
    }

    images::ImportOutcome import_description(
        const images::ImageStore& store, Runtime& runtime, const base::Context& context) const {
        BuildArguments arguments;
        arguments.build.description = source_;
        build::BuildLog log(
            build::new_log_path(open_store(runtime.store_path(), context).path(), "import"),
            runtime.reporter(),
            context.stop);
        const base::Context logged = {log, context.pool, context.stop};
        const Workshop workshop(arguments, runtime.store_path(), logged);
        return images::import_image(store, name_, built_source(workshop, log), import_, logged);
    }

    void report(const images::ImportOutcome& outcome, base::Reporter& reporter) const {
        if (outcome.is_unchanged) {
            std::cout << fmt::format("{}: nothing changed\n", name_);
            return;
        }
        images::report_findings(outcome.findings, reporter);
        const bool boots = std::none_of(
            outcome.findings.begin(), outcome.findings.end(), [](const check::Finding& finding) {
                return finding.severity == base::Severity::error;
            });
        const std::uint64_t differences = outcome.added + outcome.changed + outcome.removed;
        std::cout << fmt::format(
            "{}: imported, {} entries, {}{}; {}\n",
            name_,
            outcome.entries,
            base::format_bytes(outcome.bytes),
            differences == 0 ? std::string()
                             : fmt::format(
                                   " ({} added, {} changed, {} removed)",
                                   outcome.added,
                                   outcome.changed,
                                   outcome.removed),
            boots ? "nodes can boot it" : "nodes can't boot it as it is");
    }

    ImageOptions& images_;
    images::ImportOptions import_;
    std::string source_;
    std::string name_;
    bool build_ = false;
    bool syncuser_ = false;
    bool keep_singularity_ = false;
};

class ImageBuildCommand final : public Command {
public:
    explicit ImageBuildCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "build"; }

    std::string summary() const override { return "Pack images for nodes, if something changed"; }

    std::string examples() const override {
        return "  imgbuild image build node\n"
               "  imgbuild image build --all\n"
               "  imgbuild image build --force --compression small node";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_list("image", names_, "The images", false);
        options.add_flag("-a,--all", all_, "All images");
        options.add_flag("-f,--force", build_.force, "Also if nothing changed");
        options.add_flag("--plain", build_.with_plain, "Make NAME.img too, not compressed");
        options.add_flag("--syncuser", syncuser_, "Give users and groups this machine's numbers");
        options.add_choice(
            "--compression",
            compression_,
            {"fast", "default", "small"},
            "fast, default or small",
            "LEVEL");
        options.add_number(
            "--exit-timeout", limit_, "Seconds the exit script may take. Default: 600", "SECONDS");
    }

    int run(const GlobalOptions& options) override {
        if (names_.empty() != all_) {
            throw base::UsageError("image build needs names of images, or --all");
        }
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const images::ImageStore store = images_.open_store();
        build_.script_limit = std::chrono::seconds(limit_);
        if (!compression_.empty()) {
            build_.compression = pack::compression_from_name(compression_);
        }
        for (const std::string& name : names_) {
            store.require(name);
        }
        for (const std::string& name : all_ ? store.names() : names_) {
            if (syncuser_) {
                sync_users(store, name, images_, runtime.context());
            }
            build_one(store, name, images_, build_, runtime);
        }
        return 0;
    }

private:
    ImageOptions& images_;
    images::BuildOptions build_;
    std::vector<std::string> names_;
    std::string compression_;
    std::uint32_t limit_ = 600;
    bool all_ = false;
    bool syncuser_ = false;
};

class ImageSyncuserCommand final : public Command {
public:
    explicit ImageSyncuserCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "syncuser"; }

    std::string summary() const override {
        return "Give users and groups of an image this machine's numbers";
    }

    std::string examples() const override {
        return "  imgbuild image syncuser node            what would change\n"
               "  imgbuild image syncuser --write node    change it\n"
               "  imgbuild image syncuser --write --from /srv/site/passwd node";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_required("image", name_, "The image", "NAME");
        options.add_flag("-w,--write", write_, "Change the image, not only tell");
        options.add_flag("-b,--build", build_, "Build the image afterwards");
        options.add_text(
            "--from",
            from_,
            "A file like /etc/passwd with a file named group beside it. Default: this machine's",
            "FILE");
    }

    int run(const GlobalOptions& options) override {
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const base::Context context = runtime.context();
        const images::ImageStore store = images_.open_store();
        const images::Accounts accounts =
            from_.empty() ? images::host_accounts() : images::accounts_from(from_);
        {
            const images::ImageLock lock = images::lock_image(
                store,
                name_,
                write_ ? images::LockKind::exclusive : images::LockKind::shared,
                "syncuser",
                images_.wait(),
                context);
            const root::Root root = store.open_root(name_);
            const images::SyncPlan plan = images::plan_syncuser(root, accounts);
            for (const std::string& warning : plan.warnings) {
                runtime.reporter().message(base::LogLevel::warning, warning);
            }
            print(plan, images::count_files(root, plan, context));
            if (write_) {
                const std::uint64_t changed = images::write_syncuser(store, name_, plan, context);
                std::cout << fmt::format("{}: {} files have new owners\n", name_, changed);
            } else if (!plan.conflicts.empty()) {
                throw base::UsageError(
                    fmt::format("users of the image {} can't be brought in step", name_))
                    .set_details(plan.conflicts);
            }
        }
        if (build_) {
            build_one(store, name_, images_, {}, runtime);
        }
        return 0;
    }

private:
    static void print(const images::SyncPlan& plan, const images::FileCounts& counts) {
        if (plan.is_in_step()) {
            std::cout << (plan.files.empty() ? "nothing differs\n" : "all numbers are the same\n");
            return;
        }
        Table table({"KIND", "NAME", "HOST ID", "IMAGE ID", "FILES"}, {2, 3, 4});
        const auto add = [&](const char* kind, const auto& changes, const auto& files) {
            for (std::size_t i = 0; i < changes.size(); ++i) {
                table.add(
                    {kind,
                     changes[i].name,
                     std::to_string(changes[i].host_id),
                     std::to_string(changes[i].image_id),
                     std::to_string(files[i])});
            }
        };
        add("user", plan.users, counts.of_users);
        add("group", plan.groups, counts.of_groups);
        std::cout << table.text();
    }

    ImageOptions& images_;
    std::string name_;
    std::string from_;
    bool write_ = false;
    bool build_ = false;
};

} // namespace

std::unique_ptr<Command> make_image_import_command(ImageOptions& options) {
    return std::make_unique<ImageImportCommand>(options);
}

std::unique_ptr<Command> make_image_build_command(ImageOptions& options) {
    return std::make_unique<ImageBuildCommand>(options);
}

std::unique_ptr<Command> make_image_syncuser_command(ImageOptions& options) {
    return std::make_unique<ImageSyncuserCommand>(options);
}

} // namespace imgbuild::cli
