// SPDX-License-Identifier: Apache-2.0
#include "oci/layer_applier.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "oci/changed_directories.hpp"
#include "oci/hiding.hpp"
#include "oci/layer_path.hpp"
#include "root/extract_entry.hpp"
#include "root/extract_label.hpp"
#include "root/extract_path.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

namespace imgbuild::oci {

using root::DirectoryWalk;
using tree::Entry;
using tree::EntryType;

/// One layer on its way into the root.
class LayerApplier::Layer {
public:
    Layer(LayerApplier& applier, archive::TarReader& reader, root::FileFinisher* finisher)
        : applier_(applier)
        , reader_(reader)
        , context_(applier.context_)
        , options_{.byte_limit = applier.left_.bytes, .finisher = finisher}
        , walk_(applier.root_)
        , link_walk_(applier.root_)
        , changed_(walk_)
        , maker_(
              [this](const auto& write) { reader_.read_data(write); },
              options_,
              context_,
              walk_,
              label_,
              [this](const std::string& name) { forget(name); }) {}

    LayerResult run() {
        while (const std::optional<archive::ArchiveEntry> next = reader_.next()) {
            base::throw_if_stopped(context_.stop);
            label_.set(reader_.name(), std::string_view(next->entry.path).substr(0, 1000));
            count_entry();
            take(*next);
        }
        if (options_.finisher != nullptr) {
            options_.finisher->wait();
        }
        changed_.finish(
            label_, reader_.name(), [this](const Entry& entry) { maker_.finish_directory(entry); });
        applier_.left_.bytes -= maker_.bytes_written();
        note_what_is_hidden();
        result_.implied = changed_.implied();
        return std::move(result_);
    }

private:
    void count_entry() {
        if (applier_.left_.entries == 0) {
            label_.refuse(
                fmt::format("the image has more than {} entries", applier_.most_entries_),
                "this is the limit for one image; a hostile one could fill the file system's "
                "tables");
        }
        --applier_.left_.entries;
        ++result_.entries;
    }

    void take(const archive::ArchiveEntry& archived) {
        const auto [path, marker] = label_.on([&] {
            const LayerPath clean = clean_layer_path(archived.entry.path);
            return std::pair(clean, marker_of(clean));
        });
        if (path.name.empty()) {
            take_root(archived.entry);
            return;
        }
        switch (marker) {
        case Marker::foreign:
            return;
        case Marker::whiteout:
            hide(path.directory, hidden_name(path.name));
            return;
        case Marker::opaque:
            hide_all(path.directory);
            return;
        case Marker::none:
            enter_or_make(path.directory);
            make(archived, path.name);
            return;
        }
    }

    void take_root(const Entry& entry) {
        if (entry.type != EntryType::directory) {
            label_.refuse("it would take the place of the root directory");
        }
        (void)walk_.enter("");
        changed_.set(entry);
    }

    /// Goes to the directory of an entry; what is missing is made, what is in the way is removed.
    void enter_or_make(const std::string& directory) {
        label_.on([&] {
            while (walk_.enter(directory) == DirectoryWalk::Arrival::blocked) {
                remove_obstacle(walk_.obstacle());
            }
            if (depth_of(walk_.path()) >= most_nested) {
                throw base::Error(
                    fmt::format("it lies deeper than {} directories in each other", most_nested));
            }
            changed_.make_missing();
        });
        changed_.touch();
    }

    /// A file, or a link that leads in circles, stands where a directory is needed.
    void remove_obstacle(const std::string& path) {
        const LayerPath place = clean_layer_path(path);
        if (walk_.enter(place.directory) != DirectoryWalk::Arrival::there) {
            throw base::Error(fmt::format("{} is not a directory", base::printable(path)));
        }
        changed_.touch();
        maker_.remove(place.name);
    }

    void make(const archive::ArchiveEntry& archived, const std::string& name) {
        const Entry& entry = archived.entry;
        const std::string path = walk_.path_of(name);
        forget_unmade(path);
        if (archived.hardlink_target) {
            make_hard_link(entry, *archived.hardlink_target, name);
        } else if (entry.type == EntryType::directory) {
            (void)maker_.make_directory(name, [] { return false; });
            (void)label_.on([&] { return walk_.enter(path); });
            changed_.set(entry);
        } else if (!maker_.make(entry, name)) {
            record_unmade(entry, name, path);
        }
        made_.insert(path);
        result_.uids.insert(entry.uid);
        result_.gids.insert(entry.gid);
    }

    /// A device that can't be made takes its place nevertheless.
    void record_unmade(const Entry& entry, const std::string& name, const std::string& path) {
        maker_.remove(name);
        result_.unmade_devices.push_back(entry);
        result_.unmade_devices.back().path = path;
    }

    void
    make_hard_link(const Entry& entry, const std::string& raw_target, const std::string& name) {
        const LayerPath target = label_.on([&] { return clean_layer_path(raw_target); });
        const auto enter_target = [&] {
            return label_.on([&] { return link_walk_.enter(target.directory); });
        };
        const bool is_there = enter_target() == DirectoryWalk::Arrival::there;
        const std::string target_path = link_walk_.path_of(target.name);
        if (target_path == walk_.path_of(name)) {
            label_.refuse("it is a hard link to itself");
        }
        const std::vector<Entry>& unmade = result_.unmade_devices;
        const auto device = std::find_if(unmade.begin(), unmade.end(), [&](const Entry& other) {
            return other.path == target_path;
        });
        if (device != unmade.end()) {
            record_unmade(Entry(*device), name, walk_.path_of(name));
            return;
        }
        struct stat status = {};
        if (target.name.empty() || !is_there ||
            ::fstatat(link_walk_.fd(), target.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            refuse_link(raw_target, "which is not there");
        }
        if (S_ISDIR(status.st_mode)) {
            refuse_link(raw_target, "which is a directory");
        }
        const bool made = maker_.make_hard_link(entry, name, [&] {
            // Each time: what had to give way may have been the directory of the target.
            if (enter_target() != DirectoryWalk::Arrival::there) {
                errno = ENOENT;
                return -1;
            }
            return ::linkat(link_walk_.fd(), target.name.c_str(), walk_.fd(), name.c_str(), 0);
        });
        if (!made) {
            refuse_link(raw_target, "which is not there");
        }
    }

    [[noreturn]] void refuse_link(const std::string& raw_target, const char* why) const {
        label_.refuse(fmt::format(
            "it is a hard link to {}, {}",
            base::printable(std::string_view(raw_target).substr(0, 1000)),
            why));
    }

    /// What lower layers have at this name is gone.
    void hide(const std::string& directory, const std::string& name) {
        if (applier_.whiteouts_ == Whiteouts::keep) {
            enter_or_make(directory);
            hiding_.insert(walk_.path_of(name));
            return;
        }
        if (!enter_existing(directory)) {
            return;
        }
        changed_.touch();
        hide_entry(name);
    }

    void hide_all(const std::string& directory) {
        if (applier_.whiteouts_ == Whiteouts::keep) {
            enter_or_make(directory);
            hiding_.insert(walk_.path());
            return;
        }
        if (!enter_existing(directory)) {
            return;
        }
        changed_.touch();
        for (const std::string& name : label_.on([&] { return names_in(walk_.fd()); })) {
            hide_entry(name);
        }
    }

    bool enter_existing(const std::string& directory) {
        return label_.on([&] { return walk_.enter(directory); }) == DirectoryWalk::Arrival::there;
    }

    void hide_entry(const std::string& name) {
        const std::string path = walk_.path_of(name);
        std::erase_if(result_.unmade_devices, [&](const Entry& device) {
            return is_at_or_below(device.path, path) && !made_.contains(device.path);
        });
        if (!has_made(path)) {
            maker_.remove(name);
            return;
        }
        label_.on([&] {
            remove_unless(walk_.fd(), name, path, [this](const std::string& other) {
                return made_.contains(other);
            });
        });
        walk_.forget(name);
        link_walk_.forget_all();
        changed_.forget(path, [this](const std::string& other) { return has_made(other); });
    }

    /// What is hidden has nothing in its place, something else, or a directory that starts anew.
    void note_what_is_hidden() {
        for (const std::string& path : hiding_) {
            const LayerPath place = clean_layer_path(path);
            struct stat status = {};
            if (!path.empty() &&
                (!enter_existing(place.directory) ||
                 ::fstatat(walk_.fd(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)) {
                result_.whiteouts.push_back(path);
            } else if (path.empty() || S_ISDIR(status.st_mode)) {
                result_.opaque.push_back(path);
            }
        }
    }

    /// Whether this layer has something at the path or below it.
    bool has_made(const std::string& path) const {
        const auto first = made_.lower_bound(path);
        return first != made_.end() && is_at_or_below(*first, path);
    }

    /// The entry `name` of the walk's directory had to give way.
    void forget(const std::string& name) {
        walk_.forget(name);
        link_walk_.forget_all();
        changed_.forget(walk_.path_of(name), [](const std::string&) { return false; });
        erase_made(walk_.path_of(name));
    }

    void erase_made(const std::string& path) {
        auto first = made_.lower_bound(path);
        while (first != made_.end() && is_at_or_below(*first, path)) {
            first = made_.erase(first);
        }
    }

    void forget_unmade(const std::string& path) {
        std::erase_if(result_.unmade_devices, [&](const Entry& device) {
            return is_at_or_below(device.path, path);
        });
    }

    LayerApplier& applier_;
    archive::TarReader& reader_;
    const base::Context& context_;
    root::ExtractOptions options_;
    root::EntryLabel label_;
    DirectoryWalk walk_;
    /// For targets of hard links: the other one stays where the entry is made.
    DirectoryWalk link_walk_;
    ChangedDirectories changed_;
    root::EntryMaker maker_;
    LayerResult result_;
    /// What this layer has, without links on the way.
    std::set<std::string, PathOrder> made_;
    /// With Whiteouts::keep: opaque directories, and whiteouts, which may become directories.
    std::set<std::string, PathOrder> hiding_;
};

LayerApplier::LayerApplier(
    const root::Root& root,
    Whiteouts whiteouts,
    const LayerLimits& limits,
    const base::Context& context)
    : root_(root)
    , whiteouts_(whiteouts)
    , context_(context)
    , left_(limits)
    , most_entries_(limits.entries) {}

LayerApplier::~LayerApplier() = default;

LayerResult LayerApplier::apply(archive::TarReader& layer, root::FileFinisher* finisher) {
    return Layer(*this, layer, finisher).run();
}

} // namespace imgbuild::oci
