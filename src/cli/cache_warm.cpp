// SPDX-License-Identifier: Apache-2.0
#include "cli/cache_warm.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/idle_thread.hpp"
#include "base/text.hpp"
#include "build/build_result.hpp"
#include "build/built_root.hpp"
#include "build/finished_root.hpp"
#include "build/gather.hpp"
#include "cli/build_arguments.hpp"
#include "cli/runtime.hpp"
#include "cli/workshop.hpp"

#include <fmt/format.h>

#include <iostream>
#include <optional>
#include <stop_token>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

std::optional<build::BuiltRoot> find_root(
    const std::string& name,
    const description::Selection& selection,
    const store::Store& store,
    const base::Context& context) {
    const std::string result = base::join_path(name, build::result_file_name);
    if (base::exists(result)) {
        return build::root_of(store, build::parse_build_result(base::read_file(result), result));
    }
    build::BuildOptions options;
    options.description = name;
    options.selection = selection;
    return build::last_root_of(store, build::read_description(options, context).request);
}

/// @throws base::UsageError for an image whose root is not in the store.
std::vector<build::BuiltRoot> find_roots(
    const std::vector<std::string>& names,
    const description::Selection& selection,
    const store::Store& store,
    const base::Context& context) {
    std::vector<build::BuiltRoot> roots;
    for (const std::string& name : names) {
        auto root = find_root(name, selection, store, context);
        if (!root || !build::is_stored(*root, store, context)) {
            throw base::UsageError(
                fmt::format(
                    "the root that {} was built to is not in the store", base::printable(name)))
                .set_hint("build it first, with the same --store and --profile");
        }
        roots.push_back(std::move(*root));
    }
    return roots;
}

/// What `cache prune` has left of the last builds.
std::vector<build::BuiltRoot> all_roots(const store::Store& store, const base::Context& context) {
    std::vector<build::BuiltRoot> roots = build::last_roots(store);
    std::erase_if(roots, [&](const build::BuiltRoot& root) {
        return !build::is_stored(root, store, context);
    });
    return roots;
}

void warm(
    const build::BuiltRoot& root,
    pack::Compression compression,
    const store::Store& store,
    const base::Context& context) {
    base::Activity activity(
        context.reporter,
        {.kind = base::ActivityKind::stage, .title = fmt::format("warming {}", root.image)});
    base::Context inner = context;
    inner.parent_activity = activity.id();
    const build::FinishedRoot finished(store, root.layers, root::DriverChoice::automatic, inner);
    const pack::ChunksAhead ahead = pack::pack_ahead(
        finished.root(),
        finished.inventory(),
        finished.pack_options(compression, root.epoch),
        store,
        inner);
    if (ahead.made == 0) {
        activity.mark_cached();
    }
    std::cout << fmt::format(
        "{}: {} chunks for {}, {} of them new ({})\n",
        base::printable(root.image),
        ahead.chunks,
        pack::compression_name(compression),
        ahead.made,
        base::format_bytes(ahead.made_size));
}

} // namespace

void CacheWarm::declare(CLI::App& app) {
    app.add_option(
           "image",
           images_,
           "What to warm: descriptions or result directories. Default: whatever was built last")
        ->type_name("DESCRIPTION|RESULT_DIR");
    declare_choice(app, selection_);
    app.add_option(
           "--compression", compression_, "The level: fast, default or small. Default: small")
        ->check(CLI::IsMember({"fast", "default", "small"}))
        ->type_name("LEVEL");
    app.add_flag(
        "--full-speed",
        at_full_speed_,
        "Compete with other programs; without it only idle processors are used");
}

int CacheWarm::run(const GlobalOptions& options) const {
    if (!at_full_speed_) {
        base::yield_to_everybody();
    }
    Runtime runtime(options, Runtime::Privileges::build_roots);
    const base::Context context = runtime.context();
    const std::stop_callback hurry(context.stop, base::stop_yielding);
    const store::Store store = open_store(runtime.store_path(), context);
    // While it lives, nothing that is looked up here is pruned.
    const store::WorkDirectory in_use = store.make_work_directory();
    const std::vector<build::BuiltRoot> roots =
        images_.empty() ? all_roots(store, context)
                        : find_roots(images_, selection_, store, context);
    for (const build::BuiltRoot& root : roots) {
        warm(root, pack::compression_from_name(compression_), store, context);
    }
    if (roots.empty()) {
        std::cout << "nothing in the store was built yet\n";
    }
    return 0;
}

} // namespace imgbuild::cli
