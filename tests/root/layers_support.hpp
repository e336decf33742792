// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "root/overlay_driver.hpp"
#include "store/store.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace imgbuild::test {

/// Keeps the messages.
class KeepingReporter final : public base::Reporter {
public:
    void message(base::LogLevel, std::string_view text) noexcept override {
        const std::lock_guard lock(mutex_);
        messages.emplace_back(text);
    }

    void output(std::string_view) noexcept override {}

    std::uint64_t started(const base::ActivityInfo&) noexcept override { return ++last_; }

    void advanced(std::uint64_t, std::uint64_t, std::uint64_t) noexcept override {}

    void finished(std::uint64_t, base::Outcome, double) noexcept override {}

    std::vector<std::string> messages;

private:
    std::mutex mutex_;
    std::atomic<std::uint64_t> last_ = 0;
};

struct TestContext {
    KeepingReporter reporter;
    base::ThreadPool pool{2};
    std::stop_source stop;
    base::Context context{reporter, pool, stop.get_token()};
};

/// What a sequence of stages left.
struct Outcome {
    std::vector<store::Key> layers;
    /// The whole inventory after each stage.
    std::vector<tree::Inventory> after;
};

/// Runs all of `stages()`, a layer for each.
Outcome run_stages(root::LayerDriver& driver, const base::Context& context);

/// The inventories as one text.
std::string text_of(const Outcome& outcome);

/// What is found in a root made of these layers, without reading the files.
tree::Inventory scan_root(
    root::LayerDriver& driver,
    const store::Store& store,
    const std::vector<store::Key>& layers,
    const base::Context& context);

/// A driver that is known to use overlay mounts, in the way asked for.
std::unique_ptr<root::LayerDriver>
overlay_driver(const store::Store& store, root::MountWay way, bool index = true);

/// What is in the content of a layer.
tree::Inventory scan_path(const std::string& path, const base::Context& context);

void check_equal(const tree::Inventory& wanted, const tree::Inventory& found);

/// Of the content of a regular file; empty if there is none.
std::string digest_at(const tree::Inventory& inventory, const std::string& path);

/// Runs this program again with these arguments; @returns its standard output.
std::string run_again(const std::vector<std::string>& arguments);

/// The rest of this test as a program of its own: called by main for arguments that begin with "--child".
int run_child(const std::vector<std::string>& arguments);

} // namespace imgbuild::test
