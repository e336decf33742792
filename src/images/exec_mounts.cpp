// SPDX-License-Identifier: Apache-2.0
#include "images/exec_mounts.hpp"

#include "archive/reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "images/account_lines.hpp"
#include "images/root_copy.hpp"
#include "root/extract.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

namespace imgbuild::images {

namespace {

/// A private copy of a file or directory of the host.
std::string
copy_of(const std::string& source, const std::string& target, const base::Context& context) {
    if (base::is_directory(source)) {
        base::make_directories(target);
        copy_root(
            root::Root::open(source),
            root::Root::open(target),
            {.leave_out = {}, .source_may_change = true},
            context);
    } else {
        struct stat status = {};
        if (::stat(source.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
            throw base::UsageError(
                fmt::format("{} can't be copied into the image: it is no file", source));
        }
        base::replace_file(target, base::read_file(source), status.st_mode & 0777U);
    }
    return target;
}

std::string note_path(const std::string& own_directory) {
    return base::join_path(own_directory, "mount-points");
}

/// "a", "a/b", "a/b/c" for "/a/b/c".
std::vector<std::string> prefixes_of(std::string_view path) {
    std::vector<std::string> prefixes;
    std::string prefix;
    for (const std::string_view component : base::split(path, '/')) {
        if (!component.empty()) {
            prefix += (prefix.empty() ? "" : "/") + std::string(component);
            prefixes.push_back(prefix);
        }
    }
    return prefixes;
}

/// An overlay's file, compressed or not; nothing if there is none.
std::optional<std::string> overlay_file(const std::string& directory, const std::string& name) {
    for (const char* const ending : {".img.gz", ".img"}) {
        std::string path = base::join_path(directory, name + ending);
        if (base::exists(path)) {
            return path;
        }
    }
    return std::nullopt;
}

} // namespace

std::vector<root::Bind> make_binds(
    const ImageStore& store,
    const ExecOptions& options,
    const std::string& work,
    const base::Context& context) {
    std::vector<root::Bind> binds;
    const auto add = [&](const ConfiguredMount& mount) {
        const std::string source =
            mount.is_copy ? copy_of(
                                mount.source,
                                base::join_path(work, fmt::format("copy-{}", binds.size())),
                                context)
                          : mount.source;
        binds.push_back({source, mount.target, mount.read_only});
    };
    for (const ConfiguredMount& mount : store.locations().mounts) {
        const bool is_overridden =
            std::any_of(options.binds.begin(), options.binds.end(), [&](const auto& bind) {
                return bind.target == mount.target;
            });
        if (!is_overridden && base::exists(mount.source)) {
            add(mount);
        }
    }
    for (const ConfiguredMount& mount : options.binds) {
        if (!base::exists(mount.source)) {
            throw base::UsageError(
                fmt::format("--bind {}: there is no such file or directory", mount.source));
        }
        add(mount);
    }
    return binds;
}

void unpack_node_overlays(
    const ImageStore& store,
    const std::string& node,
    const std::string& target,
    const base::Context& context) {
    ImageStore::check_name(node);
    const std::string directory = base::join_path(store.locations().overlays, node);
    bool has_any = false;
    for (const char* const name : {"__SYSTEM__", "__RUNTIME__"}) {
        if (const auto file = overlay_file(directory, name)) {
            has_any = true;
            archive::Reader reader = archive::Reader::open_file(*file);
            root::extract(reader, root::Root::open(target), {}, context);
        }
    }
    if (!has_any) {
        throw base::UsageError(fmt::format("there are no overlays of the node {}", node))
            .set_hint(fmt::format("wwctl overlay build {} makes them in {}", node, directory));
    }
}

std::vector<std::string>
as_user(const root::Root& root, const std::string& user, const std::vector<std::string>& argv) {
    const std::size_t colon = user.find(':');
    const std::string user_name = user.substr(0, colon);
    const AccountLines passwd(root.try_read("etc/passwd").value_or(""), AccountLines::passwd);
    const AccountLines group(root.try_read("etc/group").value_or(""), AccountLines::group);
    const AccountLines::Account* const account = passwd.find_name_or_id(user_name);
    if (account == nullptr) {
        throw base::UsageError(
            fmt::format("{} has no user {}", root.name(), base::printable(user_name)));
    }
    std::uint32_t gid = account->group;
    if (colon != std::string::npos) {
        const std::string group_name = user.substr(colon + 1);
        const AccountLines::Account* const found = group.find_name_or_id(group_name);
        if (found == nullptr) {
            throw base::UsageError(
                fmt::format("{} has no group {}", root.name(), base::printable(group_name)));
        }
        gid = found->id;
    }
    const bool has_setpriv =
        root.target_status("usr/bin/setpriv") || root.target_status("bin/setpriv");
    if (!has_setpriv) {
        throw base::UsageError(
            fmt::format("{} has no setpriv, by which a command gets another user", root.name()))
            .set_hint("install util-linux in it");
    }
    std::vector<std::string> groups = {std::to_string(gid)};
    for (const AccountLines::Account& one : group.accounts()) {
        const auto& members = one.members;
        if (one.id != gid &&
            std::find(members.begin(), members.end(), account->name) != members.end()) {
            groups.push_back(std::to_string(one.id));
        }
    }
    std::vector<std::string> command = {
        "setpriv",
        fmt::format("--reuid={}", account->id),
        fmt::format("--regid={}", gid),
        "--groups=" + base::join(groups, ","),
        "--"};
    command.insert(command.end(), argv.begin(), argv.end());
    return command;
}

MountPointNote::MountPointNote(
    const root::Root& root, const std::vector<root::Bind>& binds, std::string own_directory)
    : path_(note_path(own_directory)) {
    std::string text;
    std::vector<std::string> targets = {"dev", "proc", "sys", "run"};
    for (const root::Bind& bind : binds) {
        targets.push_back(bind.target);
    }
    for (const std::string& target : targets) {
        for (const std::string& prefix : prefixes_of(target)) {
            const bool is_missing = !root.target_status(prefix) && !root.exists(prefix);
            if (is_missing && prefix.find('\n') == std::string::npos) {
                text += prefix + "\n";
            }
        }
    }
    if (!text.empty()) {
        base::make_directories(own_directory);
        base::replace_file(path_, text);
    }
}

MountPointNote::~MountPointNote() {
    ::unlink(path_.c_str());
}

bool remove_left_mount_points(const root::Root& root, const std::string& own_directory) {
    const std::string path = note_path(own_directory);
    if (!base::exists(path)) {
        return false;
    }
    const std::string text = base::read_file(path);
    std::vector<std::string_view> lines = base::split_lines(text);
    // What lies in a directory comes behind it.
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        const std::optional<struct stat> status = root.status(*line);
        if (!status) {
            continue;
        }
        const root::Place place = root.place_of(*line);
        if (S_ISDIR(status->st_mode)) {
            (void)::unlinkat(place.parent.get(), place.name.c_str(), AT_REMOVEDIR);
        } else if (S_ISREG(status->st_mode) && status->st_size == 0) {
            (void)::unlinkat(place.parent.get(), place.name.c_str(), 0);
        }
    }
    ::unlink(path.c_str());
    return true;
}

} // namespace imgbuild::images
