// SPDX-License-Identifier: Apache-2.0
#include "images/import.hpp"

#include "archive/reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "images/change_merge.hpp"
#include "images/digest_cache.hpp"
#include "images/history.hpp"
#include "images/image_builder.hpp"
#include "images/manage.hpp"
#include "images/recovery.hpp"
#include "root/extract.hpp"
#include "tree/scan.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace imgbuild::images {

namespace {

void require_place(const ImageStore& store, const std::string& name, const ImportOptions& options) {
    if (!store.has(name)) {
        return;
    }
    if (!options.force && !options.update) {
        throw base::UsageError(fmt::format("there is an image {} already", name))
            .set_hint("--update brings it up to date, --force makes it anew");
    }
    require_writable(store, name);
}

/// A root without a shell is hardly one, and Warewulf takes none.
void require_shell(const root::Root& root, const std::string& source) {
    if (!root.target_status("bin/sh")) {
        throw base::UsageError(fmt::format("{} has no /bin/sh: it is no root of a system", source))
            .set_hint("images need a shell to boot and to run commands in them");
    }
}

/// Apptainer's images are file systems in a form of their own; its mark follows a line that starts it.
void refuse_sif(const std::string& path) {
    constexpr std::string_view mark = "SIF_MAGIC";
    constexpr std::uint64_t offset = 32;
    std::array<char, mark.size()> start = {};
    const base::UniqueFd file = base::open_at(AT_FDCWD, path, O_RDONLY);
    const std::size_t size =
        base::read_at(file.get(), std::as_writable_bytes(std::span(start)), offset, path);
    if (std::string_view(start.data(), size) == mark) {
        throw base::UsageError(fmt::format("{} is a SIF file, which is not read", path))
            .set_hint(
                "apptainer build --sandbox DIR FILE.sif makes a directory of it; import that");
    }
}

/// Nodes have the root directory as others see it: an archive may not say how.
void open_to_all(const root::Root& root) {
    struct stat status = {};
    if (::fstat(root.fd(), &status) == 0 && (status.st_mode & 07777U) == 0700) {
        (void)::fchmod(root.fd(), 0755);
    }
}

/// @returns the change that leads from one to the other.
tree::Inventory count_differences(
    ImportOutcome& outcome, const tree::Inventory& before, const tree::Inventory& after) {
    tree::Inventory change = tree::difference(before, after);
    for (const tree::Entry& entry : change.entries()) {
        if (entry.type != tree::EntryType::whiteout) {
            ++(before.find(entry.path) == nullptr ? outcome.added : outcome.changed);
        }
    }
    for (const tree::Entry& entry : before.entries()) {
        outcome.removed += after.find(entry.path) == nullptr ? 1U : 0U;
    }
    outcome.is_unchanged = outcome.added + outcome.changed + outcome.removed == 0;
    return change;
}

void add_import(const std::string& own_directory, const ImportSource& source) {
    HistoryEntry entry = {.verb = "import", .text = source.description};
    if (source.details) {
        entry.details = source.details();
    }
    add_history(own_directory, std::move(entry));
}

/// Brings an image up to date: what differs from `from` is copied, and nothing else touched.
/// @param after what the image is to be.
ImportOutcome update_image(
    const ImageStore& store,
    const std::string& name,
    const ImportSource& source,
    const root::Root& from,
    const tree::Inventory& after,
    const base::Context& context) {
    const root::Root image = store.open_root(name);
    const std::string own = store.own_directory(name);
    const tree::Inventory before = read_inventory(image, own, context);
    ImportOutcome outcome;
    outcome.entries = after.entries().size();
    outcome.bytes = after.content_size();
    const tree::Inventory change = count_differences(outcome, before, after);
    if (!outcome.is_unchanged) {
        keep_change(from, change, after, own, context);
        add_import(own, source);
        carry_over(image, own, context);
    }
    outcome.findings = check_image(image, after);
    return outcome;
}

ImportOutcome update_from_tree(
    const ImageStore& store,
    const std::string& name,
    const ImportSource& source,
    const base::Context& context) {
    const root::Root from = root::Root::open(source.tree->path);
    require_shell(from, source.description);
    const tree::Inventory after =
        inventory_of_source(from, *source.tree, store.own_directory(name), context);
    return update_image(store, name, source, from, after, context);
}

std::string file_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

} // namespace

ImportOutcome import_image(
    const ImageStore& store,
    const std::string& name,
    const ImportSource& source,
    const ImportOptions& options,
    const base::Context& context) {
    ImageStore::check_name(name);
    require_place(store, name, options);
    const ImageLock lock(
        store,
        name,
        LockKind::exclusive,
        fmt::format("import {} {}", source.description, name),
        options.wait,
        context);
    require_place(store, name, options);
    const base::Activity activity(
        context.reporter,
        {.kind = base::ActivityKind::stage,
         .title = fmt::format("importing {}", base::printable(source.description)),
         .parent = context.parent_activity});
    const bool is_update = options.update && store.has(name);
    if (is_update) {
        complete_interrupted(store, name, context);
        if (source.tree) {
            return update_from_tree(store, name, source, context);
        }
    }
    const store::WorkDirectory work = store.make_work_directory(context.stop);
    const std::string staged = base::join_path(work.path(), "image");
    base::make_directories(base::join_path(staged, "rootfs"));
    const root::Root root(
        base::open_at(AT_FDCWD, base::join_path(staged, "rootfs"), O_RDONLY | O_DIRECTORY),
        fmt::format("the image {}", name));
    source.fill(root, context);
    require_shell(root, source.description);
    open_to_all(root);

    const tree::Inventory inventory =
        tree::scan(root.fd(), root.name(), {.with_digests = is_update}, context);
    if (is_update) {
        return update_image(store, name, source, root, inventory, context);
    }
    ImportOutcome outcome;
    outcome.entries = inventory.entries().size();
    outcome.bytes = inventory.content_size();
    outcome.findings = check_image(root, inventory);
    add_import(base::join_path(staged, "imgbuild"), source);
    publish_image(store, staged, name, options.force || options.update);
    return outcome;
}

ImportSource archive_source(const std::string& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) {
        throw base::UsageError(fmt::format("there is no file {}", path));
    }
    // Whoever opens a FIFO waits for somebody who writes into it.
    if (!S_ISREG(status.st_mode)) {
        throw base::UsageError(
            fmt::format("{} is neither a file nor a directory", base::printable(path)));
    }
    refuse_sif(path);
    return {
        .description = path,
        .details = {},
        .fill = [path](const root::Root& into, const base::Context& context) {
            base::Activity progress(
                context.reporter,
                {.title = fmt::format("unpacking {}", file_name(path)),
                 .unit = "bytes",
                 .parent = context.parent_activity});
            archive::Reader reader = archive::Reader::open_file(path);
            const root::ExtractResult result =
                root::extract(reader, into, {.progress = &progress}, context);
            for (const tree::Entry& device : result.unmade_devices) {
                context.reporter.message(
                    base::LogLevel::warning,
                    fmt::format(
                        "the device /{} is left out: only root may make devices",
                        base::printable(device.path)));
            }
        }};
}

} // namespace imgbuild::images
