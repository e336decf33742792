// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "base/time.hpp"
#include "cli/image_verbs.hpp"
#include "cli/runtime.hpp"
#include "cli/table.hpp"
#include "cli/verb_options.hpp"
#include "images/overview.hpp"
#include "json/json.hpp"

#include <iostream>

namespace imgbuild::cli {

namespace {

std::string time_text(const std::optional<std::int64_t>& seconds) {
    return seconds ? base::format_utc(*seconds) : "-";
}

std::string size_text(std::uint64_t bytes) {
    return bytes == 0 ? "-" : base::format_bytes(bytes);
}

json::Value to_json(const images::ImageInfo& info) {
    json::Value value = {
        {"name", info.name},
        {"nodes", info.use.nodes},
        {"profiles", info.use.profiles},
        {"created", info.created},
        {"compressed_size", info.compressed_size},
        {"unpacked_size", info.unpacked_size},
        {"root_size", info.root_size},
        {"kernel", info.kernel_version},
        {"read_only", info.is_read_only}};
    value["built"] = info.built ? json::Value(*info.built) : json::Value();
    return value;
}

class ImageListCommand final : public Command {
public:
    explicit ImageListCommand(ImageOptions& options)
        : images_(options) {}

    std::string name() const override { return "list"; }

    std::string summary() const override { return "List images, their nodes and sizes"; }

    std::string examples() const override {
        return "  imgbuild image list\n"
               "  imgbuild image list -l node-*\n"
               "  imgbuild image list --json";
    }

    void declare(CLI::App& app) override {
        VerbOptions options(app);
        options.add_alias("ls");
        options.add_list("image", names_, "Only these images", false);
        options.add_flag("-l,--long", long_, "Show kernel, times and size");
        options.add_flag("-k,--kernel", kernel_, "Show the kernel");
        options.add_flag("-s,--size", size_, "Show the size as a node sees it");
        options.add_flag("-c,--chroot", chroot_, "Show the size of the image's root");
        options.add_flag("--compressed", compressed_, "Show the size of what nodes load");
        options.add_flag("--json", json_, "Print everything as JSON");
    }

    int run(const GlobalOptions& options) override {
        // What a user's images hold may belong to subordinate ids.
        Runtime runtime(
            options,
            chroot_ || json_ ? Runtime::Privileges::build_roots : Runtime::Privileges::none);
        const images::ImageStore store = images_.open_store();
        for (const std::string& name : names_) {
            store.require(name);
        }
        const std::vector<images::ImageInfo> infos = images::describe_images(
            store,
            names_.empty() ? store.names() : names_,
            {.with_kernel = long_ || kernel_ || json_, .with_root_size = chroot_ || json_},
            runtime.context());
        std::cout << (json_ ? json_text(infos) : table(infos));
        return 0;
    }

private:
    static std::string json_text(const std::vector<images::ImageInfo>& infos) {
        json::Value list = json::Value::array();
        for (const images::ImageInfo& info : infos) {
            list.push_back(to_json(info));
        }
        return json::dump(list);
    }

    std::string table(const std::vector<images::ImageInfo>& infos) const {
        std::vector<std::string> titles = {"IMAGE NAME", "NODES"};
        const auto column = [&](bool wanted, const char* title) {
            if (wanted) {
                titles.emplace_back(title);
            }
        };
        column(kernel_ || long_, "KERNEL VERSION");
        column(long_, "CREATED");
        const bool with_built = long_ || !(kernel_ || size_ || chroot_ || compressed_);
        column(with_built, "BUILT");
        column(size_ || long_, "SIZE");
        column(compressed_ || long_, "COMPRESSED");
        column(chroot_, "CHROOT SIZE");
        Table table(titles, {1});
        for (const images::ImageInfo& info : infos) {
            std::vector<std::string> row = {info.name, std::to_string(info.use.nodes.size())};
            const auto cell = [&](bool wanted, const std::string& text) {
                if (wanted) {
                    row.push_back(text);
                }
            };
            cell(kernel_ || long_, info.kernel_version.empty() ? "-" : info.kernel_version);
            cell(long_, base::format_utc(info.created));
            cell(with_built, time_text(info.built));
            cell(size_ || long_, size_text(info.unpacked_size));
            cell(compressed_ || long_, size_text(info.compressed_size));
            cell(chroot_, size_text(info.root_size));
            table.add(std::move(row));
        }
        return table.text();
    }

    const ImageOptions& images_;
    std::vector<std::string> names_;
    bool long_ = false;
    bool kernel_ = false;
    bool size_ = false;
    bool chroot_ = false;
    bool compressed_ = false;
    bool json_ = false;
};

} // namespace

std::unique_ptr<Command> make_image_list_command(ImageOptions& options) {
    return std::make_unique<ImageListCommand>(options);
}

} // namespace imgbuild::cli
