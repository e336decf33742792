// SPDX-License-Identifier: Apache-2.0
// What is in images: diff and size.
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/image_steps.hpp"
#include "cli/image_verbs.hpp"
#include "cli/runtime.hpp"
#include "cli/verb_options.hpp"
#include "images/difference.hpp"
#include "images/digest_cache.hpp"
#include "images/excludes.hpp"
#include "images/recovery.hpp"
#include "images/sizes.hpp"
#include "json/json.hpp"
#include "tree/scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <optional>

namespace imgbuild::cli {

namespace {

/// An image, or a directory that holds a root, while it is looked at.
class Subject {
public:
    Subject(
        const images::ImageStore& store,
        const std::string& name,
        const ImageOptions& options,
        const base::Context& context) {
        if (name.find('/') != std::string::npos) {
            root_.emplace(root::Root::open(name));
            inventory_ = tree::scan(root_->fd(), root_->name(), {}, context);
            return;
        }
        lock_.emplace(images::lock_image(
            store, name, images::LockKind::shared, "read", options.wait(), context));
        root_.emplace(store.open_root(name));
        inventory_ = images::read_inventory(*root_, store.own_directory(name), context);
    }

    const root::Root& root() const { return *root_; }

    const tree::Inventory& inventory() const { return inventory_; }

    images::LookedAt looked_at() const { return {*root_, inventory_}; }

private:
    std::optional<images::ImageLock> lock_;
    std::optional<root::Root> root_;
    tree::Inventory inventory_;
};

class ImageDiffCommand final : public Command {
public:
    explicit ImageDiffCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "diff"; }

    std::string summary() const override {
        return "Tell what differs between two images: files, packages, users";
    }

    std::string examples() const override {
        return "  imgbuild image diff node node-canary\n"
               "  imgbuild image diff node /srv/chroot --json";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_required(
            "before", before_, "An image, or a directory (with a slash in its path)", "A");
        options.add_required("after", after_, "Another one", "B");
        options.add_flag("--times", with_times_, "Also files that differ in their time only");
        options.add_flag("--packages", packages_only_, "Only packages");
        options.add_flag("--json", json_, "Print as JSON");
    }

    int run(const GlobalOptions& options) override {
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const base::Context context = runtime.context();
        const images::ImageStore store = images_.open_store();
        std::optional<Subject> before;
        std::optional<Subject> after;
        const auto open = [&](std::optional<Subject>& subject, const std::string& name) {
            subject.emplace(store, name, images_, context);
        };
        // In the order in which every verb locks two images: no two processes wait for each other.
        if (before_ < after_) {
            open(before, before_);
            open(after, after_);
        } else {
            open(after, after_);
            open(before, before_);
        }
        images::ImageDifference difference =
            images::compare_images(before->looked_at(), after->looked_at(), with_times_);
        if (packages_only_) {
            difference.files.clear();
            difference.users.clear();
            difference.groups.clear();
        }
        std::cout << (json_ ? json_text(difference) : text(difference));
        return 0;
    }

private:
    static json::Value values(const std::vector<images::ValueDifference>& differences) {
        json::Value list = json::Value::array();
        for (const images::ValueDifference& one : differences) {
            json::Value value = {{"name", one.name}};
            value["before"] = one.before.empty() ? json::Value() : json::Value(one.before);
            value["after"] = one.after.empty() ? json::Value() : json::Value(one.after);
            list.push_back(std::move(value));
        }
        return list;
    }

    static std::string json_text(const images::ImageDifference& difference) {
        using Kind = images::FileDifference::Kind;
        json::Value files = json::Value::array();
        for (const images::FileDifference& file : difference.files) {
            const char* const kind = file.kind == Kind::added     ? "added"
                                     : file.kind == Kind::removed ? "removed"
                                                                  : "changed";
            files.push_back({{"path", file.path}, {"kind", kind}, {"what", file.what}});
        }
        return json::dump(
            {{"files", files},
             {"packages", values(difference.packages)},
             {"users", values(difference.users)},
             {"groups", values(difference.groups)}});
    }

    static std::string text(const images::ImageDifference& difference) {
        using Kind = images::FileDifference::Kind;
        std::string text;
        const auto add_values = [&](const char* title, const auto& differences) {
            for (const images::ValueDifference& one : differences) {
                const char mark = one.before.empty() ? '+' : one.after.empty() ? '-' : '~';
                text += fmt::format(
                    "{} {} {}  {}\n",
                    mark,
                    title,
                    base::printable(one.name),
                    base::printable(
                        mark == '~' ? one.before + " -> " + one.after : one.before + one.after));
            }
        };
        add_values("package", difference.packages);
        add_values("user", difference.users);
        add_values("group", difference.groups);
        for (const images::FileDifference& file : difference.files) {
            const char mark = file.kind == Kind::added     ? '+'
                              : file.kind == Kind::removed ? '-'
                                                           : '~';
            text += fmt::format("{} /{}", mark, base::printable(file.path));
            if (!file.what.empty()) {
                text += "  " + base::printable(base::join(file.what, "; "));
            }
            text += '\n';
        }
        return text.empty() ? "nothing differs\n" : text;
    }

    ImageOptions& images_;
    std::string before_;
    std::string after_;
    bool with_times_ = false;
    bool packages_only_ = false;
    bool json_ = false;
};

class ImageSizeCommand final : public Command {
public:
    explicit ImageSizeCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "size"; }

    std::string summary() const override { return "Tell what takes the space and what could go"; }

    std::string examples() const override {
        return "  imgbuild image size node\n"
               "  imgbuild image size node --packages --top 30\n"
               "  imgbuild image size node --html size.html";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_required(
            "image", name_, "The image, or a directory (with a slash in its path)", "NAME");
        options.add_flag("--tree", tree_, "The largest directories");
        options.add_flag("--packages", packages_, "The largest packages");
        options.add_number("--top", top_, "How many of each. Default: 15", "COUNT");
        options.add_text("--html", page_, "Write a page with a map to click through", "FILE");
    }

    int run(const GlobalOptions& options) override {
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const Subject subject(images_.open_store(), name_, images_, runtime.context());
        const tree::Inventory packed =
            images::Excludes::of(subject.root()).apply_to(subject.inventory());
        const images::SizeNode tree = images::size_tree(packed);
        if (!page_.empty()) {
            base::replace_file(
                page_,
                images::size_page(
                    fmt::format("{}: {}", name_, base::format_bytes(tree.bytes)), tree));
            std::cout << page_ << '\n';
            return 0;
        }
        std::cout << fmt::format(
            "{}: {} in {} entries\n",
            name_,
            base::format_bytes(tree.bytes),
            packed.entries().size());
        const bool all = !tree_ && !packages_;
        if (tree_ || all) {
            print_sizes("DIRECTORY", images::largest_directories(tree, top_), top_);
        }
        if (packages_ || all) {
            print_sizes("PACKAGE", images::package_sizes(subject.root(), packed), top_);
        }
        if (all) {
            print_savings(images::possible_savings(subject.root(), packed, runtime.context()));
        }
        return 0;
    }

private:
    static void print_savings(const std::vector<images::Saving>& savings) {
        if (savings.empty()) {
            return;
        }
        std::cout << "\nWhat could go, by lines in the image's /etc/warewulf/excludes:\n";
        for (const images::Saving& saving : savings) {
            std::cout << fmt::format(
                "{:>9}  {}{}\n",
                base::format_bytes(saving.bytes),
                saving.what,
                saving.note.empty() ? "" : ": " + saving.note);
            for (const std::string& pattern : saving.excludes) {
                std::cout << "             " << base::printable(pattern) << '\n';
            }
        }
    }

    ImageOptions& images_;
    std::string name_;
    std::string page_;
    std::uint32_t top_ = 15;
    bool tree_ = false;
    bool packages_ = false;
};

} // namespace

std::unique_ptr<Command> make_image_diff_command(ImageOptions& options) {
    return std::make_unique<ImageDiffCommand>(options);
}

std::unique_ptr<Command> make_image_size_command(ImageOptions& options) {
    return std::make_unique<ImageSizeCommand>(options);
}

} // namespace imgbuild::cli
