// SPDX-License-Identifier: Apache-2.0
#include "images/manage.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_name.hpp"
#include "images/history.hpp"
#include "images/node_use.hpp"
#include "images/recovery.hpp"
#include "images/root_copy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace imgbuild::images {

namespace {

void require_free(const ImageStore& store, const std::string& name, bool force) {
    if (!force && store.has(name)) {
        throw base::UsageError(fmt::format("there is an image {} already", name))
            .set_hint("--force replaces it");
    }
}

NodeUse use_of(const ImageStore& store, const std::string& name) {
    const auto uses = read_node_use(store.locations().nodes_file);
    const auto found = uses.find(name);
    return found == uses.end() ? NodeUse() : found->second;
}

void remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        base::throw_errno(fmt::format("removing {}", path));
    }
}

/// A second name for an output, which replaces what has that name at once; the old name is removed when the
/// image has its new one. Without an output none stays under the new name.
void link_output(const std::string& from, const std::string& to) {
    const std::size_t slash = to.rfind('/') + 1;
    const std::string temporary =
        fmt::format("{}.{}.{}", to.substr(0, slash), to.substr(slash), base::random_name());
    if (::link(from.c_str(), temporary.c_str()) != 0) {
        if (errno != ENOENT) {
            base::throw_errno(fmt::format("making {}", to));
        }
        remove_file(to);
        return;
    }
    const bool is_renamed = ::rename(temporary.c_str(), to.c_str()) == 0;
    const int problem = errno;
    // Both may be names of one file, left by a rename that was killed: then nothing was renamed.
    ::unlink(temporary.c_str());
    if (!is_renamed) {
        throw base::SystemError(problem, fmt::format("making {}", to));
    }
}

/// What was there under this name goes to the work directory, to be removed.
void move_away(const ImageStore& store, const std::string& name, const std::string& to) {
    if (::rename(store.directory(name).c_str(), to.c_str()) != 0 && errno != ENOENT) {
        base::throw_errno(fmt::format("removing the image {}", name));
    }
}

} // namespace

void publish_image(
    const ImageStore& store, const std::string& staged, const std::string& name, bool replace) {
    const std::string directory = store.directory(name);
    if (::renameat2(AT_FDCWD, staged.c_str(), AT_FDCWD, directory.c_str(), RENAME_NOREPLACE) == 0) {
        return;
    }
    if (errno == EEXIST && (replace || !store.has(name))) {
        if (::renameat2(AT_FDCWD, staged.c_str(), AT_FDCWD, directory.c_str(), RENAME_EXCHANGE) ==
            0) {
            return;
        }
    }
    // NFS knows neither: there the old image goes first, which can't be done at once.
    if (errno == EINVAL && (replace || !store.has(name))) {
        const std::string former = staged + ".former";
        move_away(store, name, former);
        if (::rename(staged.c_str(), directory.c_str()) == 0) {
            (void)!::rename(former.c_str(), staged.c_str());
            return;
        }
    }
    base::throw_errno(fmt::format("putting the image {} in its place", name));
}

void copy_image(
    const ImageStore& store,
    const std::string& from,
    const std::string& to,
    const ManageOptions& options,
    const base::Context& context) {
    ImageStore::check_name(to);
    store.require(from);
    require_free(store, to, options.force);
    lock_image(store, from, LockKind::shared, "copy", options.wait, context);
    const ImageLockPair locks = lock_both(
        store,
        {from, LockKind::shared},
        {to, LockKind::exclusive},
        fmt::format("copy {} {}", from, to),
        options.wait,
        context);
    store.require(from);
    require_free(store, to, options.force);
    const store::WorkDirectory work = store.make_work_directory(context.stop);
    const std::string staged = base::join_path(work.path(), "image");
    const std::string staged_root = base::join_path(staged, "rootfs");
    base::make_directories(staged_root);
    const root::Root source = store.open_root(from);
    copy_root(source, root::Root::open(staged_root), {}, context);
    const std::string own = base::join_path(staged, "imgbuild");
    base::make_directories(own);
    for (const HistoryEntry& entry : read_history(store.own_directory(from))) {
        copy_history(own, entry);
    }
    add_history(own, {.verb = "copy", .text = fmt::format("copy of {}", from)});
    publish_image(store, staged, to, options.force);
}

void rename_image(
    const ImageStore& store,
    const std::string& from,
    const std::string& to,
    const ManageOptions& options,
    const base::Context& context) {
    ImageStore::check_name(to);
    store.require(from);
    require_free(store, to, options.force);
    const ImageLockPair locks = lock_both(
        store,
        {from, LockKind::exclusive},
        {to, LockKind::exclusive},
        fmt::format("rename {} {}", from, to),
        options.wait,
        context);
    store.require(from);
    require_free(store, to, options.force);
    const store::WorkDirectory work = store.make_work_directory(context.stop);
    if (store.has(to)) {
        move_away(store, to, base::join_path(work.path(), "former"));
    }
    // Interrupted, an output with two names is all that may be left. Nodes keep what they load until there
    // is something else.
    if (base::exists(store.output(from)) || base::exists(store.plain_output(from))) {
        link_output(store.output(from), store.output(to));
        link_output(store.plain_output(from), store.plain_output(to));
    }
    publish_image(store, store.directory(from), to, false);
    remove_file(store.output(from));
    remove_file(store.plain_output(from));
    add_history(
        store.own_directory(to), {.verb = "rename", .text = fmt::format("was {} before", from)});
    if (const NodeUse use = use_of(store, from); !use.empty()) {
        context.reporter.message(
            base::LogLevel::warning,
            fmt::format(
                "{} still use the name {}: wwctl profile set --image {}, or wwctl node set",
                describe(use),
                from,
                to));
    }
}

void delete_image(
    const ImageStore& store,
    const std::string& name,
    const ManageOptions& options,
    const base::Context& context) {
    store.require(name);
    const auto check_use = [&] {
        const NodeUse use = use_of(store, name);
        if (!use.empty() && !options.force) {
            throw base::UsageError(fmt::format("the image {} is used by {}", name, describe(use)))
                .set_hint("give them another image first, or delete it with --force");
        }
    };
    check_use();
    const ImageLock lock(
        store, name, LockKind::exclusive, fmt::format("delete {}", name), options.wait, context);
    store.require(name);
    check_use();
    const store::WorkDirectory work = store.make_work_directory(context.stop);
    remove_file(store.output(name));
    remove_file(store.plain_output(name));
    move_away(store, name, base::join_path(work.path(), "image"));
}

} // namespace imgbuild::images
