// SPDX-License-Identifier: Apache-2.0
#include "root/plain_driver.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "root/layer_commit.hpp"
#include "root/layer_copy.hpp"
#include "root/layer_cursor.hpp"
#include "root/layer_graft.hpp"
#include "root/plain_digests.hpp"
#include "tree/scan.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace imgbuild::root {

namespace {

using store::Key;
using tree::Entry;
using tree::EntryType;
using tree::Inventory;

/// A directory and the layers whose root it holds.
struct PlainTree {
    store::WorkDirectory work;
    std::string path;
    std::vector<Key> layers;
    DigestMemory digests;
};

/// Each entry that is made changes the times of the directories above it.
void set_directory_times(const Inventory& inventory, DirectoryCursor& tree) {
    for (const Entry& entry : inventory.entries()) {
        if (entry.type == EntryType::directory) {
            set_mtime(entry, tree);
        }
    }
}

base::UniqueFd open_directory(const std::string& path) {
    return base::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
}

/// Where a committed root leaves its directory for the next stage.
using KeptTree = std::unique_ptr<PlainTree>;

class PlainRoot final : public WorkingRoot {
public:
    PlainRoot(const store::Store& store, KeptTree& kept, KeptTree tree, Inventory below)
        : store_(store)
        , kept_(kept)
        , tree_(std::move(tree))
        , below_(std::move(below))
        , root_(Root::open(tree_->path, std::string(working_root_name)))
        , devices_(below_, root_->fd())
        , grafts_(store) {}

    const Root& root() const override { return root_.value(); }

    const std::string& mount_path() const override { return tree_->path; }

    void record_device(const Entry& device) override { devices_.record(device); }

    void
    graft(std::string_view directory, const Key& layer, const base::Context& context) override {
        grafts_.add(*root_, directory, layer, context);
    }

    using WorkingRoot::commit;

    Inventory commit(
        const Key& key,
        std::string_view description,
        std::int64_t epoch,
        const base::Context& context) override {
        root_.reset();
        const base::UniqueFd directory = open_directory(tree_->path);
        const Inventory seen =
            tree::scan(directory.get(), "the root", {.with_digests = false}, context);
        refuse_whiteouts(seen);
        const Inventory found =
            tree_->digests.with_digests(seen, directory.get(), "the root", context);
        DirectoryCursor cursor(directory.get(), tree_->path);
        const Inventory clamped = with_clamped_times(found, below_, epoch);
        for (const Entry& entry : clamped.entries()) {
            if (entry.mtime != found.find(entry.path)->mtime) {
                set_mtime(entry, cursor);
            }
        }
        Inventory after = devices_.added_to(grafts_.added_to(clamped));
        if (!grafts_.empty()) {
            // Copied, since later stages change this tree in place.
            grafts_.make(after, cursor, LayerGrafts::Files::copied, context);
            set_directory_times(clamped, cursor);
        }
        const Inventory change = tree::difference(below_, after);

        publish(key, description, content_of(change, after), change, cursor, context);
        tree_->layers.push_back(key);
        tree_->digests.remember(after, cursor);
        kept_ = std::move(tree_);
        return after;
    }

private:
    /// Copies the layer's content to where the store takes it from.
    void publish(
        const Key& key,
        std::string_view description,
        const Inventory& content,
        const Inventory& change,
        DirectoryCursor& source,
        const base::Context& context) const {
        const store::WorkDirectory work = store_.make_work_directory();
        const std::string staged = base::join_path(work.path(), "content");
        base::make_directories(staged);
        const base::UniqueFd directory = open_directory(staged);
        DirectoryCursor target(directory.get(), staged);
        copy_entries(content.entries(), content_from(source), target, Whiteouts::made, context);
        store_.publish_layer(key, staged, change, description);
    }

    /// In a layer's content it would be a whiteout.
    static void refuse_whiteouts(const Inventory& found) {
        for (const Entry& entry : found.entries()) {
            if (entry.type == EntryType::char_device && entry.major == 0 && entry.minor == 0) {
                throw base::Error(fmt::format(
                    "/{} is a character device with the number 0:0, which no layer can hold",
                    base::printable(entry.path)));
            }
        }
    }

    const store::Store& store_;
    KeptTree& kept_;
    KeptTree tree_;
    Inventory below_;
    std::optional<Root> root_;
    UnmadeDevices devices_;
    LayerGrafts grafts_;
};

class PlainDriver final : public LayerDriver {
public:
    explicit PlainDriver(const store::Store& store)
        : store_(store) {}

    std::string name() const override { return "plain"; }

    std::unique_ptr<WorkingRoot>
    open(const std::vector<Key>& layers, Inventory below, const base::Context& context) override {
        KeptTree tree = start_of(layers);
        if (tree->layers != layers || layers.empty()) {
            const base::UniqueFd directory = open_directory(tree->path);
            DirectoryCursor cursor(directory.get(), tree->path);
            add_layers(*tree, layers, cursor, context);
            copy_entries(
                {root_entry(below)}, content_from(cursor), cursor, Whiteouts::obeyed, context);
            set_directory_times(below, cursor);
            tree->digests.remember(below, cursor);
        }
        return std::make_unique<PlainRoot>(store_, kept_, std::move(tree), std::move(below));
    }

private:
    /// The kept directory if it holds the first of these layers, else a new one.
    KeptTree start_of(const std::vector<Key>& layers) {
        KeptTree kept = std::move(kept_);
        if (kept && kept->layers.size() <= layers.size() &&
            std::equal(kept->layers.begin(), kept->layers.end(), layers.begin())) {
            return kept;
        }
        kept.reset();
        store::WorkDirectory work = store_.make_work_directory();
        std::string path = base::join_path(work.path(), "root");
        base::make_directories(path);
        return std::make_unique<PlainTree>(PlainTree{std::move(work), std::move(path), {}, {}});
    }

    void add_layers(
        PlainTree& tree,
        const std::vector<Key>& layers,
        DirectoryCursor& target,
        const base::Context& context) {
        for (std::size_t i = tree.layers.size(); i < layers.size(); ++i) {
            const std::optional<store::LayerInfo> layer = store_.find_layer(layers[i], context);
            if (!layer) {
                throw base::Error(fmt::format(
                    "the store {} has no usable layer {}", store_.path(), layers[i].hex()));
            }
            const base::UniqueFd content = open_directory(layer->content_path);
            DirectoryCursor source(content.get(), layer->content_path);
            copy_entries(
                layer->change.entries(), content_from(source), target, Whiteouts::obeyed, context);
            tree.layers.push_back(layers[i]);
        }
    }

    const store::Store& store_;
    KeptTree kept_;
};

} // namespace

std::unique_ptr<LayerDriver> make_plain_driver(const store::Store& store) {
    return std::make_unique<PlainDriver>(store);
}

} // namespace imgbuild::root
