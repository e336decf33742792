// SPDX-License-Identifier: Apache-2.0
#include "images/overview.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/gone.hpp"
#include "images/build_record.hpp"
#include "images/history.hpp"
#include "tree/scan.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <map>

namespace imgbuild::images {

namespace {

std::optional<struct stat> status_of(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 ? std::optional(status) : std::nullopt;
}

/// Looks at something that others may remove or replace at the same moment: then it is as if it had not been there.
void look(const std::function<void()>& at_it) {
    try {
        at_it();
    } catch (const base::SystemError& error) {
        if (!base::means_gone(error.error_number())) {
            throw;
        }
    }
}

/// The entries at and directly in some places of a root: as much of an inventory as finding kernels
/// takes. Others may change the root meanwhile.
class Glimpse {
public:
    explicit Glimpse(const root::Root& root)
        : root_(root) {}

    /// Adds what stands there. @returns true for a directory.
    bool add(const std::string& path) {
        bool is_directory = false;
        look([&] { is_directory = add_existing(path); });
        return is_directory;
    }

    void add_content(const std::string& path) {
        for (const std::string& name : names_in(path)) {
            add(path + "/" + name);
        }
    }

    void add_modules(const std::string& path) {
        if (!add(path)) {
            return;
        }
        for (const std::string& name : names_in(path)) {
            const std::string directory = path + "/" + name;
            if (add(directory)) {
                add(directory + "/vmlinuz");
                add(directory + "/vmlinuz.gz");
            }
        }
    }

    tree::Inventory inventory() const {
        std::vector<tree::Entry> entries;
        for (const auto& [path, entry] : known_) {
            entries.push_back(entry);
        }
        return tree::Inventory(std::move(entries));
    }

private:
    bool add_existing(const std::string& path) {
        const std::optional<struct stat> status = root_.status(path);
        if (!status || known_.count(path) != 0) {
            return status && S_ISDIR(status->st_mode);
        }
        tree::Entry entry;
        entry.path = path;
        entry.mode = status->st_mode & 07777U;
        if (S_ISDIR(status->st_mode)) {
            entry.type = tree::EntryType::directory;
        } else if (S_ISLNK(status->st_mode)) {
            entry.type = tree::EntryType::symlink;
            entry.link_target = root_.read_link(path);
        } else if (!S_ISREG(status->st_mode)) {
            return false;
        }
        known_.emplace(path, entry);
        return entry.type == tree::EntryType::directory;
    }

    std::vector<std::string> names_in(const std::string& path) const {
        std::vector<std::string> names;
        look([&] { names = root_.list(path); });
        return names;
    }

    const root::Root& root_;
    std::map<std::string, tree::Entry> known_;
};

} // namespace

std::vector<check::Kernel> kernels_of(const root::Root& root) {
    Glimpse glimpse(root);
    if (glimpse.add("boot")) {
        glimpse.add_content("boot");
    }
    if (glimpse.add("usr") && glimpse.add("usr/lib")) {
        glimpse.add_modules("usr/lib/modules");
    }
    if (glimpse.add("lib")) {
        glimpse.add_modules("lib/modules");
    }
    return check::find_kernels(glimpse.inventory());
}

std::vector<ImageInfo> describe_images(
    const ImageStore& store,
    const std::vector<std::string>& names,
    const OverviewOptions& options,
    const base::Context& context) {
    const std::map<std::string, NodeUse> uses = read_node_use(store.locations().nodes_file);
    std::vector<ImageInfo> infos;
    for (const std::string& name : names) {
        const auto directory = status_of(store.directory(name));
        const std::optional<root::Root> root = store.find_root(name);
        if (!directory || !root) {
            continue; // removed since its name was read
        }
        ImageInfo info;
        info.name = name;
        if (const auto use = uses.find(name); use != uses.end()) {
            info.use = use->second;
        }
        const std::string own = store.own_directory(name);
        const std::vector<HistoryEntry> history = read_history(own);
        info.created = history.empty() ? directory->st_mtim.tv_sec : history.front().time;
        if (const auto output = status_of(store.output(name))) {
            info.built = output->st_mtim.tv_sec;
            info.compressed_size = static_cast<std::uint64_t>(output->st_size);
            const auto record = read_build_record(own);
            info.unpacked_size = record && record->fits(*output) ? record->archive_size : 0;
        }
        if (const auto plain = status_of(store.plain_output(name)); plain && !info.unpacked_size) {
            info.unpacked_size = static_cast<std::uint64_t>(plain->st_size);
            info.built = info.built.value_or(plain->st_mtim.tv_sec);
        }
        info.is_read_only = is_read_only(store, name);
        if (options.with_kernel) {
            const std::vector<check::Kernel> kernels = kernels_of(*root);
            const bool has_one = !kernels.empty() && !kernels.front().is_special;
            info.kernel_version = has_one ? kernels.front().version : "";
        }
        if (options.with_root_size) {
            // No lock: nobody waits for a long exec to see a list.
            const tree::ScanOptions sizes_only = {.with_digests = false, .may_change = true};
            info.root_size =
                tree::scan(root->fd(), root->name(), sizes_only, context).content_size();
        }
        infos.push_back(std::move(info));
    }
    return infos;
}

} // namespace imgbuild::images
