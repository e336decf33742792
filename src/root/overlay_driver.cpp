// SPDX-License-Identifier: Apache-2.0
#include "root/overlay_driver.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "root/layer_commit.hpp"
#include "root/layer_copy.hpp"
#include "root/layer_cursor.hpp"
#include "root/layer_graft.hpp"
#include "root/overlay_links.hpp"
#include "root/overlay_upper.hpp"
#include "tree/scan.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <optional>
#include <utility>

namespace imgbuild::root {

namespace {

using store::Key;
using tree::Entry;
using tree::Inventory;

/// An overlay's work directory with its upper directory prepared.
store::WorkDirectory prepare_work(
    const store::Store& store,
    const Inventory& below,
    const std::vector<std::string>& lower,
    const OverlayOptions& options,
    const base::Context& context) {
    store::WorkDirectory work = store.make_work_directory();
    const std::string upper = base::join_path(work.path(), "upper");
    base::make_directories(upper);
    const base::UniqueFd directory = base::open_at(AT_FDCWD, upper, O_RDONLY | O_DIRECTORY);
    DirectoryCursor cursor(directory.get(), upper);
    // The root directory of an overlay is always the upper one.
    copy_entries({root_entry(below)}, content_from(cursor), cursor, Whiteouts::obeyed, context);
    if (!options.index) {
        copy_up_linked_files(below, lower, upper, context);
    }
    return work;
}

class OverlayRoot final : public WorkingRoot {
public:
    OverlayRoot(
        const store::Store& store,
        store::WorkDirectory work,
        std::vector<std::string> lower,
        const OverlayOptions& options,
        Inventory below)
        : store_(store)
        , work_(std::move(work))
        , lower_(std::move(lower))
        , has_index_(options.index)
        , below_(std::move(below))
        , mount_(work_.path(), lower_, options)
        , root_(Root::open(mount_.path(), std::string(working_root_name)))
        , devices_(below_, root_->fd())
        , grafts_(store) {}

    const Root& root() const override { return root_.value(); }

    const std::string& mount_path() const override { return mount_.path(); }

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
        close(context);
        const std::string upper = base::join_path(work_.path(), "upper");
        const base::UniqueFd directory = base::open_at(AT_FDCWD, upper, O_RDONLY | O_DIRECTORY);
        const Inventory found = tree::scan(
            directory.get(),
            "the layer",
            {.overlay_upper = true, .below = &below_, .seen_contents = &store_.seen_contents()},
            context);
        Inventory after = devices_.added_to(
            grafts_.added_to(tree::apply(below_, with_clamped_times(found, below_, epoch))));
        const Inventory change = tree::difference(below_, after);
        DirectoryCursor cursor(directory.get(), upper);
        grafts_.make(after, cursor, LayerGrafts::Files::shared, context);
        make_content_of_upper(upper, found, content_of(change, after));
        store_.publish_layer(key, upper, change, description);
        return after;
    }

private:
    /// Unmounts, and joins the hard links that only the mount knew of.
    void close(const base::Context& context) {
        const std::vector<MissingLink> links =
            has_index_ ? missing_links(below_, lower_, work_.path(), root_->fd())
                       : std::vector<MissingLink>();
        root_.reset();
        mount_.unmount();
        add_missing_links(links, below_, work_.path(), context);
    }

    const store::Store& store_;
    // In the order in which they must be made; the mount goes before its directory.
    store::WorkDirectory work_;
    std::vector<std::string> lower_;
    bool has_index_;
    Inventory below_;
    OverlayMount mount_;
    std::optional<Root> root_;
    UnmadeDevices devices_;
    LayerGrafts grafts_;
};

class OverlayDriver final : public LayerDriver {
public:
    OverlayDriver(const store::Store& store, const OverlayOptions& options)
        : store_(store)
        , options_(options)
        , empty_(store.make_work_directory()) {}

    std::string name() const override { return "overlay"; }

    std::unique_ptr<WorkingRoot>
    open(const std::vector<Key>& layers, Inventory below, const base::Context& context) override {
        std::vector<std::string> lower;
        for (auto key = layers.rbegin(); key != layers.rend(); ++key) {
            std::optional<std::string> content = store_.find_layer_content(*key, context);
            if (!content) {
                throw base::Error(
                    fmt::format("the store {} has no usable layer {}", store_.path(), key->hex()));
            }
            lower.push_back(std::move(*content));
        }
        if (lower.empty()) {
            // An overlay has at least one directory below.
            lower.push_back(empty_.path());
        }
        store::WorkDirectory work = prepare_work(store_, below, lower, options_, context);
        return std::make_unique<OverlayRoot>(
            store_, std::move(work), std::move(lower), options_, std::move(below));
    }

private:
    const store::Store& store_;
    OverlayOptions options_;
    store::WorkDirectory empty_;
};

} // namespace

std::unique_ptr<LayerDriver>
make_overlay_driver(const store::Store& store, const OverlayOptions& options) {
    return std::make_unique<OverlayDriver>(store, options);
}

} // namespace imgbuild::root
