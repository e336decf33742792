// SPDX-License-Identifier: Apache-2.0
// What is known about images one by one: show, kernels, history.
#include "base/text.hpp"
#include "base/time.hpp"
#include "cli/image_verbs.hpp"
#include "cli/runtime.hpp"
#include "cli/table.hpp"
#include "cli/verb_options.hpp"
#include "images/history.hpp"
#include "images/node_use.hpp"
#include "images/overview.hpp"
#include "json/json.hpp"

#include <fmt/format.h>

#include <iostream>
#include <optional>

namespace imgbuild::cli {

namespace {

class ImageShowCommand final : public Command {
public:
    explicit ImageShowCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "show"; }

    std::string summary() const override {
        return "Show where an image is and what is known of it";
    }

    std::string examples() const override {
        return "  imgbuild image show node\n"
               "  imgbuild image show -a node     kernel, nodes, times and sizes too";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_required("image", name_, "The image", "NAME");
        options.add_flag("-a,--all", all_, "Show everything, not only the root's directory");
    }

    int run(const GlobalOptions& options) override {
        Runtime runtime(
            options, all_ ? Runtime::Privileges::build_roots : Runtime::Privileges::none);
        const images::ImageStore store = images_.open_store();
        store.require(name_);
        if (!all_) {
            std::cout << store.root_path(name_) << '\n';
            return 0;
        }
        const auto infos = images::describe_images(
            store, {name_}, {.with_kernel = true, .with_root_size = true}, runtime.context());
        if (infos.empty()) {
            store.fail_missing(name_); // removed since it was looked for
        }
        print(store, infos.front());
        return 0;
    }

private:
    static void print(const images::ImageStore& store, const images::ImageInfo& info) {
        const auto line = [](const char* title, const std::string& text) {
            std::cout << fmt::format("{:<11} {}\n", title, text.empty() ? "-" : text);
        };
        line("name", info.name);
        line("root", store.root_path(info.name));
        line("root size", base::format_bytes(info.root_size));
        line("output", info.built ? store.output(info.name) : "never built");
        if (info.built) {
            line("built", base::format_utc(*info.built));
            line("compressed", base::format_bytes(info.compressed_size));
        }
        if (info.unpacked_size != 0) {
            line("unpacked", base::format_bytes(info.unpacked_size));
        }
        line("kernel", info.kernel_version);
        line("created", base::format_utc(info.created));
        line("nodes", base::join(info.use.nodes, ", "));
        line("profiles", base::join(info.use.profiles, ", "));
        if (info.is_read_only) {
            line("read-only", "yes");
        }
    }

    const ImageOptions& images_;
    std::string name_;
    bool all_ = false;
};

class ImageKernelsCommand final : public Command {
public:
    explicit ImageKernelsCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "kernels"; }

    std::string summary() const override {
        return "List the kernels that Warewulf finds in images";
    }

    std::string examples() const override {
        return "  imgbuild image kernels\n"
               "  imgbuild image kernels node     the marked one is what nodes get";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_list("image", names_, "Only these images", false);
    }

    int run(const GlobalOptions& options) override {
        const Runtime runtime(options, Runtime::Privileges::none);
        const images::ImageStore store = images_.open_store();
        const auto uses = images::read_node_use(store.locations().nodes_file);
        Table table({"IMAGE", "KERNEL", "VERSION", "MODULES", "DEFAULT", "NODES"}, {5});
        for (const std::string& name : names_.empty() ? store.names() : names_) {
            // One of all may be removed since its name was read.
            const std::optional<root::Root> root =
                names_.empty() ? store.find_root(name) : store.open_root(name);
            if (!root) {
                continue;
            }
            // Nodes get the first one, unless it is for special purposes.
            const auto use = uses.find(name);
            const std::size_t nodes = use == uses.end() ? 0 : use->second.nodes.size();
            bool is_first = true;
            for (const check::Kernel& kernel : images::kernels_of(*root)) {
                const bool is_default = is_first && !kernel.is_special;
                table.add(
                    {name,
                     "/" + kernel.path,
                     kernel.version.empty() ? "-" : kernel.version,
                     kernel.modules_version.empty() ? "missing" : kernel.modules_version,
                     is_default ? "yes" : "",
                     std::to_string(is_default ? nodes : 0)});
                is_first = false;
            }
        }
        std::cout << table.text();
        return 0;
    }

private:
    const ImageOptions& images_;
    std::vector<std::string> names_;
};

class ImageHistoryCommand final : public Command {
public:
    explicit ImageHistoryCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "history"; }

    std::string summary() const override {
        return "Tell where an image came from and what was done to it";
    }

    std::string examples() const override {
        return "  imgbuild image history node\n"
               "  imgbuild image history node --json";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_required("image", name_, "The image", "NAME");
        options.add_flag("--json", json_, "Print as JSON");
    }

    int run(const GlobalOptions& options) override {
        const Runtime runtime(options, Runtime::Privileges::none);
        const images::ImageStore store = images_.open_store();
        store.require(name_);
        const auto entries = images::read_history(store.own_directory(name_));
        store.require(name_); // nobody keeps it from being removed meanwhile
        std::cout << (json_ ? json_text(entries) : table(entries));
        return 0;
    }

private:
    static std::string json_text(const std::vector<images::HistoryEntry>& entries) {
        json::Value list = json::Value::array();
        for (const images::HistoryEntry& entry : entries) {
            json::Value details = json::Value::object();
            for (const auto& [name, value] : entry.details) {
                details[name] = value;
            }
            list.push_back(
                {{"time", entry.time},
                 {"user", entry.user},
                 {"verb", entry.verb},
                 {"text", entry.text},
                 {"details", details}});
        }
        return json::dump(list);
    }

    static std::string table(const std::vector<images::HistoryEntry>& entries) {
        Table table({"TIME", "USER", "VERB", "WHAT"});
        for (const images::HistoryEntry& entry : entries) {
            std::string what = entry.text;
            for (const auto& [name, value] : entry.details) {
                what += fmt::format("  {}={}", name, value);
            }
            table.add({base::format_utc(entry.time), entry.user, entry.verb, what});
        }
        return table.text();
    }

    const ImageOptions& images_;
    std::string name_;
    bool json_ = false;
};

} // namespace

std::unique_ptr<Command> make_image_show_command(ImageOptions& options) {
    return std::make_unique<ImageShowCommand>(options);
}

std::unique_ptr<Command> make_image_kernels_command(ImageOptions& options) {
    return std::make_unique<ImageKernelsCommand>(options);
}

std::unique_ptr<Command> make_image_history_command(ImageOptions& options) {
    return std::make_unique<ImageHistoryCommand>(options);
}

} // namespace imgbuild::cli
