// SPDX-License-Identifier: Apache-2.0
#include "root/extract.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "root/extract_entry.hpp"
#include "root/extract_label.hpp"
#include "root/extract_path.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

namespace imgbuild::root {

namespace {

using tree::Entry;
using tree::EntryType;

struct PathOrder {
    bool operator()(std::string_view a, std::string_view b) const { return tree::path_less(a, b); }
};

/// A path without empty parts, "." and "..", and how it had to be bent for that.
struct CleanName {
    std::string path;
    bool was_absolute = false;
    bool had_dotdot = false;
};

CleanName clean(std::string_view raw) {
    CleanName result;
    result.was_absolute = raw.starts_with('/');
    for (const std::string_view part : base::split(raw, '/')) {
        if (part.empty() || part == ".") {
            continue;
        }
        if (part == "..") {
            result.had_dotdot = true;
            const std::size_t slash = result.path.rfind('/');
            result.path.resize(slash == std::string::npos ? 0 : slash);
            continue;
        }
        if (!result.path.empty()) {
            result.path += '/';
        }
        result.path += part;
    }
    return result;
}

std::pair<std::string_view, std::string> split_path(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) {
        return {{}, path};
    }
    return {std::string_view(path).substr(0, slash), path.substr(slash + 1)};
}

class Extraction {
public:
    Extraction(
        archive::Reader& reader,
        const Root& root,
        const ExtractOptions& options,
        const base::Context& context)
        : reader_(reader)
        , options_(options)
        , context_(context)
        , walk_(root)
        , link_walk_(root)
        , maker_(
              [&reader](const auto& write) { reader.read_data(write); },
              options,
              context,
              walk_,
              label_,
              [this](const std::string& name) { forget(name); }) {}

    ExtractResult run() {
        enter_target();
        while (const std::optional<archive::ArchiveEntry> next = reader_.next()) {
            base::throw_if_stopped(context_.stop);
            label_.set(reader_.name(), next->entry.path);
            take(*next);
        }
        finish_directories();
        result_.bytes = maker_.bytes_written();
        return std::move(result_);
    }

private:
    void enter_target() {
        label_.set(reader_.name(), options_.target);
        const std::string target = clean(options_.target).path;
        if (label_.on([&] { return walk_.enter(target); }) == DirectoryWalk::Arrival::blocked) {
            label_.refuse(fmt::format("{} is not a directory", base::printable(walk_.obstacle())));
        }
        label_.on([&] { walk_.make_missing(); });
        target_ = walk_.path();
    }

    /// Where an entry of that name belongs, from the root.
    std::string place_of(std::string_view raw, std::string_view what) const {
        const CleanName name = clean(raw);
        if (options_.refuse_escapes && name.was_absolute) {
            label_.refuse(
                fmt::format("{} is absolute", what),
                "names in an archive are relative to the root; tar -C DIRECTORY -c . makes them "
                "so");
        }
        if (options_.refuse_escapes && name.had_dotdot) {
            label_.refuse(fmt::format("{} leads out of the root", what));
        }
        refuse_excess(name.path, what);
        if (target_.empty() || name.path.empty()) {
            return target_ + name.path;
        }
        return fmt::format("{}/{}", target_, name.path);
    }

    /// Names that no program in the image could open, and depths that no program expects.
    void refuse_excess(std::string_view path, std::string_view what) const {
        constexpr std::size_t longest_part = 255;
        constexpr std::size_t longest_path = 4095;
        // Each level of the way is open while an entry is made.
        constexpr std::size_t most_levels = 256;
        const std::vector<std::string_view> parts = base::split(path, '/');
        for (const std::string_view part : parts) {
            if (part.size() > longest_part) {
                label_.refuse(fmt::format(
                    "{} has a part of {} bytes; the most are {}", what, part.size(), longest_part));
            }
        }
        if (parts.size() > most_levels) {
            label_.refuse(fmt::format(
                "{} has {} levels of directories; the most are {}",
                what,
                parts.size(),
                most_levels));
        }
        if (path.size() > longest_path) {
            label_.refuse(
                fmt::format("{} has {} bytes; the most are {}", what, path.size(), longest_path));
        }
    }

    /// Goes to the directory of an entry.
    DirectoryWalk::Arrival
    enter(DirectoryWalk& walk, std::string_view directory, const char* what = "it") const {
        const DirectoryWalk::Arrival arrival = label_.on([&] { return walk.enter(directory); });
        if (options_.refuse_escapes) {
            for (const DirectoryWalk::Link& link : walk.links()) {
                if (absolute_links_.contains(link.path)) {
                    refuse_link(link, what);
                }
            }
            if (walk.escape()) {
                refuse_link(*walk.escape(), what);
            }
        }
        return arrival;
    }

    [[noreturn]] void refuse_link(const DirectoryWalk::Link& link, const char* what) const {
        label_.refuse(fmt::format(
            "{} lies below the link {} -> {}, which leads out of the root",
            what,
            base::printable(link.path),
            base::printable(link.target)));
    }

    void take(const archive::ArchiveEntry& archived) {
        const Entry& entry = archived.entry;
        const std::string place = place_of(entry.path, "its name");
        if (place == target_) {
            if (entry.type != EntryType::directory) {
                label_.refuse("it would take the place of the directory it is unpacked to");
            }
            directories_.insert_or_assign(target_, entry);
            ++result_.entries;
            return;
        }
        const auto [directory, name] = split_path(place);
        if (enter(walk_, directory) == DirectoryWalk::Arrival::blocked) {
            label_.refuse(fmt::format("{} is not a directory", base::printable(walk_.obstacle())));
        }
        const std::string path = walk_.path_of(name);
        if (options_.skip && options_.skip(path)) {
            return;
        }
        label_.on([&] { walk_.make_missing(); });
        warn_of_acl(archived);
        if (options_.keep_directories && entry.type != EntryType::directory &&
            leaves_directory(archived, name, path)) {
            return;
        }
        if (archived.hardlink_target) {
            make_hard_link(archived, name, path);
        } else if (entry.type == EntryType::directory) {
            make_directory(entry, name, path);
        } else {
            make_other(entry, name, path);
        }
        ++result_.entries;
    }

    /// Whether a directory stays at the entry's place instead of it, which must not cost its content.
    bool leaves_directory(
        const archive::ArchiveEntry& archived, const std::string& name, const std::string& path) {
        struct stat status = {};
        if (::fstatat(walk_.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISDIR(status.st_mode)) {
            return false;
        }
        const Entry& entry = archived.entry;
        if (!archived.hardlink_target && entry.type == EntryType::symlink) {
            const std::string place = entry.link_target.starts_with('/')
                                          ? entry.link_target
                                          : walk_.path_of(entry.link_target);
            if (label_.on([&] { return link_walk_.enter(place); }) ==
                    DirectoryWalk::Arrival::there &&
                link_walk_.path() == path) {
                return true;
            }
        }
        if (::unlinkat(walk_.fd(), name.c_str(), AT_REMOVEDIR) == 0) {
            forget(name);
            return false;
        }
        label_.refuse(
            fmt::format(
                "it would take the place of the directory /{} and all that is in it",
                base::printable(path)),
            "leave it out of the archive, or give it another name or target_dir");
    }

    /// Once: an archive that has one such list has many.
    void warn_of_acl(const archive::ArchiveEntry& archived) {
        if (archived.has_named_acl && !warned_of_acl_) {
            warned_of_acl_ = true;
            context_.reporter.message(
                base::LogLevel::warning,
                fmt::format(
                    "{}: its access control list is left out, since it names users or groups "
                    "without their numbers; tar --acls --numeric-owner writes them",
                    label_.text()));
        }
    }

    void make_directory(const Entry& entry, const std::string& name, const std::string& path) {
        forget_unmade(path);
        const bool is_directory = maker_.make_directory(name, [&] {
            return label_.on([&] { return link_walk_.enter(path); }) ==
                   DirectoryWalk::Arrival::there;
        });
        if (is_directory) {
            directories_.insert_or_assign(path, entry);
        }
    }

    void make_other(const Entry& entry, const std::string& name, const std::string& path) {
        forget_unmade(path);
        if (!maker_.make(entry, name)) {
            result_.unmade_devices.push_back(entry);
            result_.unmade_devices.back().path = path;
        }
        if (entry.type == EntryType::symlink && entry.link_target.starts_with('/')) {
            absolute_links_.insert(path);
        }
    }

    void make_hard_link(
        const archive::ArchiveEntry& archived, const std::string& name, const std::string& path) {
        const std::string raw = base::printable(*archived.hardlink_target);
        const std::string place = place_of(
            *archived.hardlink_target, fmt::format("it is a hard link, whose target {}", raw));
        const auto [directory, target_name] = split_path(place);
        (void)enter(link_walk_, directory, "its target");
        const std::string target = link_walk_.path_of(target_name);
        if (target == path &&
            ::faccessat(walk_.fd(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
            return;
        }
        const std::vector<Entry>& unmade = result_.unmade_devices;
        const auto device = std::find_if(
            unmade.begin(), unmade.end(), [&](const Entry& other) { return other.path == target; });
        if (device != unmade.end()) {
            make_other(Entry(*device), name, path);
            return;
        }
        forget_unmade(path);
        const bool made =
            maker_.make_hard_link(archived.entry, name, [&, from = directory, &file = target_name] {
                // Each time: what had to give way may have been the directory of the target.
                if (enter(link_walk_, from) != DirectoryWalk::Arrival::there) {
                    errno = ENOENT;
                    return -1;
                }
                return ::linkat(link_walk_.fd(), file.c_str(), walk_.fd(), name.c_str(), 0);
            });
        if (!made) {
            label_.refuse(fmt::format("it is a hard link to {}, which is not there", raw));
        }
    }

    /// The entry `name` of the walk's directory had to give way.
    void forget(const std::string& name) {
        const std::string path = walk_.path_of(name);
        walk_.forget(name);
        link_walk_.forget_all();
        erase_from(directories_, path);
        erase_from(absolute_links_, path);
    }

    /// Of a container in the order of paths: the path and all below it.
    template <typename Paths>
    static void erase_from(Paths& paths, const std::string& path) {
        const auto first = paths.lower_bound(path);
        auto last = first;
        while (last != paths.end() && is_at_or_below(path_in(*last), path)) {
            ++last;
        }
        paths.erase(first, last);
    }

    static const std::string& path_in(const std::string& item) { return item; }

    static const std::string& path_in(const std::pair<const std::string, Entry>& item) {
        return item.first;
    }

    static bool is_at_or_below(const std::string& path, const std::string& top) {
        return path == top || tree::is_below(path, top);
    }

    void forget_unmade(const std::string& path) {
        std::erase_if(result_.unmade_devices, [&](const Entry& device) {
            return is_at_or_below(device.path, path);
        });
    }

    /// From the bottom up: what is made in a directory changes its time, and a mode may close it.
    void finish_directories() {
        for (auto item = directories_.rbegin(); item != directories_.rend(); ++item) {
            const auto& [path, entry] = *item;
            label_.set(reader_.name(), entry.path);
            const auto arrival = label_.on([&, &place = path] { return walk_.enter(place); });
            if (arrival != DirectoryWalk::Arrival::there || !walk_.links().empty()) {
                label_.refuse("the directory was replaced while the archive was unpacked");
            }
            maker_.finish_directory(entry);
        }
    }

    archive::Reader& reader_;
    const ExtractOptions& options_;
    const base::Context& context_;
    EntryLabel label_;
    DirectoryWalk walk_;
    /// For targets of links: the other one stays where the entry is made.
    DirectoryWalk link_walk_;
    EntryMaker maker_;
    ExtractResult result_;
    bool warned_of_acl_ = false;
    /// Without links and slashes at its ends; empty for the root.
    std::string target_;
    /// Directories of the archive by their places; they get their attributes at the end.
    std::map<std::string, Entry, PathOrder> directories_;
    /// Links of the archive with absolute targets.
    std::set<std::string, PathOrder> absolute_links_;
};

} // namespace

ExtractResult extract(
    archive::Reader& reader,
    const Root& root,
    const ExtractOptions& options,
    const base::Context& context) {
    return Extraction(reader, root, options, context).run();
}

} // namespace imgbuild::root
