// SPDX-License-Identifier: Apache-2.0
#include "images/recovery.hpp"

#include "base/file.hpp"
#include "images/change_merge.hpp"
#include "images/exec_mounts.hpp"
#include "images/ownership_journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace imgbuild::images {

namespace {

bool has_interrupted(const std::string& own_directory) {
    constexpr std::array names = {"merge", "mount-points", "syncuser"};
    return std::any_of(names.begin(), names.end(), [&](const char* name) {
        return base::exists(base::join_path(own_directory, name));
    });
}

} // namespace

void complete_interrupted(
    const ImageStore& store, const std::string& name, const base::Context& context) {
    const std::string own = store.own_directory(name);
    if (!store.has(name) || !has_interrupted(own)) {
        return;
    }
    const auto say = [&](const char* what) {
        context.reporter.message(base::LogLevel::warning, fmt::format("{}: {}", name, what));
    };
    const root::Root root = store.open_root(name);
    if (remove_left_mount_points(root, own)) {
        say("a command in the image was killed; its mount points were removed");
    }
    if (complete_ownership_change(root, own, context)) {
        say("a syncuser was interrupted; it was completed now");
    }
    if (carry_over(root, own, context)) {
        say("an atomic exec or an update was interrupted; its changes were completed now");
    }
}

ImageLock lock_image(
    const ImageStore& store,
    const std::string& name,
    LockKind kind,
    const std::string& purpose,
    LockWait wait,
    const base::Context& context) {
    store.require(name);
    const auto lock = [&](LockKind how) {
        return ImageLock(store, name, how, purpose, wait, context);
    };
    if (kind == LockKind::shared) {
        if (has_interrupted(store.own_directory(name))) {
            const ImageLock exclusive = lock(LockKind::exclusive);
            complete_interrupted(store, name, context);
        }
        ImageLock shared = lock(LockKind::shared);
        store.require(name);
        return shared;
    }
    ImageLock exclusive = lock(LockKind::exclusive);
    store.require(name);
    complete_interrupted(store, name, context);
    return exclusive;
}

} // namespace imgbuild::images
