// SPDX-License-Identifier: Apache-2.0
// Images as a whole: copy, rename, delete.
#include "cli/image_steps.hpp"
#include "cli/image_verbs.hpp"
#include "cli/runtime.hpp"
#include "cli/verb_options.hpp"
#include "images/manage.hpp"

#include <iostream>

namespace imgbuild::cli {

namespace {

/// copy and rename: an image, and the name that there will be.
class TwoNamesCommand : public Command {
public:
    explicit TwoNamesCommand(ImageOptions& options)
        : images_(options) {}

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_alias(alias());
        options.add_required("image", from_, "The image", "NAME");
        options.add_required("new", to_, "The new name", "NEW");
        options.add_flag("-f,--force", force_, "Replace an image of that name");
        options.add_flag("-b,--build", build_, "Build the new image afterwards");
    }

    int run(const GlobalOptions& options) override {
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const images::ImageStore store = images_.open_store();
        work(store, {.force = force_, .wait = images_.wait()}, runtime.context());
        if (build_) {
            build_one(store, to_, images_, {}, runtime);
        }
        return 0;
    }

protected:
    virtual std::string alias() const = 0;

    virtual void work(
        const images::ImageStore& store,
        const images::ManageOptions& options,
        const base::Context& context) = 0;

    const std::string& from() const { return from_; }

    const std::string& to() const { return to_; }

private:
    const ImageOptions& images_;
    std::string from_;
    std::string to_;
    bool force_ = false;
    bool build_ = false;
};

class ImageCopyCommand final : public TwoNamesCommand {
public:
    using TwoNamesCommand::TwoNamesCommand;

    std::string name() const override { return "copy"; }

    std::string summary() const override { return "Copy an image, for a canary or a variant"; }

    std::string examples() const override { return "  imgbuild image copy node node-canary"; }

private:
    std::string alias() const override { return "cp"; }

    void work(
        const images::ImageStore& store,
        const images::ManageOptions& options,
        const base::Context& context) override {
        images::copy_image(store, from(), to(), options, context);
    }
};

class ImageRenameCommand final : public TwoNamesCommand {
public:
    using TwoNamesCommand::TwoNamesCommand;

    std::string name() const override { return "rename"; }

    std::string summary() const override { return "Give an image another name"; }

    std::string examples() const override { return "  imgbuild image rename node node-old"; }

private:
    std::string alias() const override { return "mv"; }

    void work(
        const images::ImageStore& store,
        const images::ManageOptions& options,
        const base::Context& context) override {
        images::rename_image(store, from(), to(), options, context);
    }
};

class ImageDeleteCommand final : public Command {
public:
    explicit ImageDeleteCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "delete"; }

    std::string summary() const override { return "Delete images that no node uses"; }

    std::string examples() const override {
        return "  imgbuild image delete node-old\n"
               "  imgbuild image delete --force node    although nodes use it";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        for (const char* const alias : {"rm", "remove", "del"}) {
            options.add_alias(alias);
        }
        options.add_list("image", names_, "The images", true);
        options.add_flag("-f,--force", force_, "Delete images that nodes use");
        options.add_flag("-y,--yes", yes_, "Accepted for wwctl's sake: nothing is asked");
    }

    int run(const GlobalOptions& options) override {
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const images::ImageStore store = images_.open_store();
        for (const std::string& name : names_) {
            store.require(name);
        }
        for (const std::string& name : names_) {
            images::delete_image(
                store, name, {.force = force_, .wait = images_.wait()}, runtime.context());
        }
        return 0;
    }

private:
    const ImageOptions& images_;
    std::vector<std::string> names_;
    bool force_ = false;
    bool yes_ = false;
};

} // namespace

std::unique_ptr<Command> make_image_copy_command(ImageOptions& options) {
    return std::make_unique<ImageCopyCommand>(options);
}

std::unique_ptr<Command> make_image_rename_command(ImageOptions& options) {
    return std::make_unique<ImageRenameCommand>(options);
}

std::unique_ptr<Command> make_image_delete_command(ImageOptions& options) {
    return std::make_unique<ImageDeleteCommand>(options);
}

} // namespace imgbuild::cli
