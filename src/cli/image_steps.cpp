// SPDX-License-Identifier: Apache-2.0
#include "cli/image_steps.hpp"

#include "base/text.hpp"
#include "cli/described_image.hpp"
#include "cli/table.hpp"
#include "cli/workshop.hpp"
#include "images/digest_cache.hpp"
#include "images/excludes.hpp"
#include "images/recovery.hpp"
#include "images/syncuser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace imgbuild::cli {

images::BuildOutcome build_one(
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
    return outcome;
}

void sync_users(
    const images::ImageStore& store,
    const std::string& name,
    const ImageOptions& options,
    const base::Context& context) {
    const images::ImageLock lock = images::lock_image(
        store, name, images::LockKind::exclusive, "syncuser", options.wait(), context);
    const root::Root root = store.open_root(name);
    const images::SyncPlan plan = images::plan_syncuser(root, images::host_accounts());
    images::write_syncuser(store, name, plan, images::look_at_owners(root, plan, context), context);
}

void print_sizes(const char* title, const std::vector<images::NamedSize>& sizes, std::size_t most) {
    if (sizes.empty()) {
        return;
    }
    Table table({"SIZE", title}, {0});
    for (std::size_t i = 0; i < std::min(sizes.size(), most); ++i) {
        table.add({base::format_bytes(sizes[i].bytes), sizes[i].name});
    }
    std::cout << '\n' << table.text();
}

void print_biggest(
    const images::ImageStore& store,
    const std::string& name,
    const ImageOptions& options,
    const base::Context& context) {
    constexpr std::size_t most = 10;
    const images::ImageLock lock =
        images::lock_image(store, name, images::LockKind::shared, "read", options.wait(), context);
    const root::Root root = store.open_root(name);
    const tree::Inventory packed = images::Excludes::of(root).apply_to(
        images::read_inventory(root, store.own_directory(name), context));
    print_sizes("DIRECTORY", images::largest_directories(images::size_tree(packed), most), most);
    print_sizes("PACKAGE", images::package_sizes(root, packed), most);
}

} // namespace imgbuild::cli
