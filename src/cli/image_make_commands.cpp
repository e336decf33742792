// SPDX-License-Identifier: Apache-2.0
// What nodes load: build, and syncuser before it.
#include "base/error.hpp"
#include "cli/image_steps.hpp"
#include "cli/image_verbs.hpp"
#include "cli/runtime.hpp"
#include "cli/table.hpp"
#include "cli/verb_options.hpp"
#include "images/image_builder.hpp"
#include "images/recovery.hpp"
#include "images/syncuser.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iostream>

namespace imgbuild::cli {

namespace {

class ImageBuildCommand final : public Command {
public:
    explicit ImageBuildCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "build"; }

    std::string summary() const override { return "Pack images for nodes, if something changed"; }

    std::string examples() const override {
        return "  imgbuild image build node --top\n"
               "  imgbuild image build --all\n"
               "  imgbuild image build --force --compression small node";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_list("image", names_, "The images", false);
        options.add_flag("-a,--all", all_, "All images");
        options.add_flag("-f,--force", build_.force, "Also if nothing changed");
        options.add_choice(
            "--initrd",
            initrd_,
            {"none", "dracut", "initramfs-tools"},
            "For two-stage boot, have dracut or initramfs-tools of the image make an initrd first. "
            "Default: none",
            "SYSTEM");
        options.add_flag("--top", top_, "Tell the biggest directories and packages");
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
        build_.initrd = initrd_ == "none" ? "" : initrd_;
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
            const images::BuildOutcome outcome = build_one(store, name, images_, build_, runtime);
            if (!outcome.initrd.empty()) {
                std::cout << fmt::format("{}: made {}\n", name, outcome.initrd);
            }
            if (top_) {
                print_biggest(store, name, images_, runtime.context());
            }
        }
        return 0;
    }

private:
    ImageOptions& images_;
    images::BuildOptions build_;
    std::string initrd_;
    bool top_ = false;
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
            const tree::Inventory inventory = images::look_at_owners(root, plan, context);
            print(plan, images::count_files(inventory, plan));
            if (write_) {
                const std::uint64_t changed =
                    images::write_syncuser(store, name_, plan, inventory, context);
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

std::unique_ptr<Command> make_image_build_command(ImageOptions& options) {
    return std::make_unique<ImageBuildCommand>(options);
}

std::unique_ptr<Command> make_image_syncuser_command(ImageOptions& options) {
    return std::make_unique<ImageSyncuserCommand>(options);
}

} // namespace imgbuild::cli
