// SPDX-License-Identifier: Apache-2.0
#include "package/deb_extractor.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "package/documentation.hpp"
#include "root/extract_attributes.hpp"
#include "root/extract_label.hpp"
#include "root/extract_path.hpp"
#include "root/file_finisher.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::package {
namespace {

using archive::TarMember;
using tree::EntryType;

std::pair<std::string_view, std::string> split_path(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) {
        return {{}, std::string(path)};
    }
    return {path.substr(0, slash), std::string(path.substr(slash + 1))};
}

/// One package on its way into the root.
class Extraction {
public:
    Extraction(
        const RawDeb& deb,
        const root::Root& root,
        OwnerNames& owners,
        base::ThreadPool& writer,
        const base::Context& context)
        : deb_(deb)
        , root_(root)
        , owners_(owners)
        , context_(context)
        , walk_(root)
        , link_walk_(root)
        , attributes_(context.reporter)
        , tar_(deb.tar_path)
        , conffiles_(deb.control.conffiles.begin(), deb.control.conffiles.end())
        , finisher_(writer, context.reporter, context.stop) {}

    bool is_conffile(const TarMember& member) const {
        return conffiles_.contains("/" + member.entry.path);
    }

    /// @param laid nullptr, or told of the directory.
    void take(const TarMember& member, bool beside, LaidDirectories* laid = nullptr) {
        base::throw_if_stopped(context_.stop);
        label_.set(deb_.name, member.entry.path);
        enter(walk_, split_path(member.entry.path).first);
        label_.on([this] { walk_.make_missing(); });
        tree::Entry entry = member.entry;
        entry.uid = owners_.user(member.user, entry.uid);
        entry.gid = owners_.group(member.group, entry.gid);
        const std::string name = split_path(member.entry.path).second + (beside ? ".dpkg-new" : "");
        if (entry.type == EntryType::directory) {
            if (make_directory(entry, name) && laid != nullptr) {
                laid->shipped.insert_or_assign(walk_.path_of(name), entry);
            }
            return;
        }
        if (member.hardlink_target) {
            make_hard_link(*member.hardlink_target, name);
        } else if (entry.type == EntryType::symlink) {
            make_symlink(entry, name);
        } else {
            make_file(member, entry, name);
        }
        if (laid != nullptr) {
            laid->filled.insert(walk_.path());
        }
    }

    /// All that was taken is written.
    void finish() { finisher_.wait(); }

private:
    void enter(root::DirectoryWalk& walk, std::string_view directory) const {
        if (label_.on([&] { return walk.enter(directory); }) ==
            root::DirectoryWalk::Arrival::blocked) {
            label_.refuse(fmt::format("{} is no directory", base::printable(walk.obstacle())));
        }
    }

    struct stat status_of(const std::string& name) const {
        struct stat status = {};
        if (::fstatat(walk_.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 &&
            errno != ENOENT) {
            label_.fail("looking for it");
        }
        return status;
    }

    /// Calls `attempt` again after what stands in its way was removed.
    void replacing(const std::string& name, const char* what, const std::function<int()>& attempt) {
        if (attempt() >= 0) {
            return;
        }
        if (errno != EEXIST) {
            label_.fail(what);
        }
        if (::unlinkat(walk_.fd(), name.c_str(), 0) != 0) {
            label_.on([&] { base::remove_tree(walk_.fd(), name); });
        }
        walk_.forget(name);
        link_walk_.forget_all();
        if (attempt() < 0) {
            label_.fail(what);
        }
    }

    /// @returns false if a link to a directory stands there, and stays.
    bool make_directory(const tree::Entry& entry, const std::string& name) {
        const mode_t there = status_of(name).st_mode;
        if (S_ISDIR(there)) {
            return true;
        }
        if (S_ISLNK(there)) {
            const auto target = root_.target_status(entry.path);
            if (target && S_ISDIR(target->st_mode)) {
                return false;
            }
        }
        replacing(name, "making the directory", [&] {
            return ::mkdirat(walk_.fd(), name.c_str(), 0700);
        });
        attributes_.apply_to_node(walk_.fd(), name, entry, label_.text());
        return true;
    }

    /// The link that is there leads to the directory to which the new one would.
    bool leads_to_same_directory(const tree::Entry& entry) const {
        const auto old = root_.target_status(entry.path);
        if (!old || !S_ISDIR(old->st_mode)) {
            return false;
        }
        const std::string_view target = entry.link_target;
        const auto wanted = root_.target_status(
            target.starts_with('/') ? std::string(target)
                                    : fmt::format("{}/{}", walk_.path(), target));
        return wanted && wanted->st_dev == old->st_dev && wanted->st_ino == old->st_ino;
    }

    void make_symlink(const tree::Entry& entry, const std::string& name) {
        const mode_t there = status_of(name).st_mode;
        if (S_ISDIR(there) || (S_ISLNK(there) && leads_to_same_directory(entry))) {
            return;
        }
        replacing(name, "making the link", [&] {
            return ::symlinkat(entry.link_target.c_str(), walk_.fd(), name.c_str());
        });
        attributes_.apply_to_node(walk_.fd(), name, entry, label_.text());
    }

    void make_hard_link(const std::string& target, const std::string& name) {
        const auto [directory, target_name] = split_path(target);
        replacing(name, "making the hard link", [&, from = directory, &file = target_name] {
            enter(link_walk_, from);
            return ::linkat(link_walk_.fd(), file.c_str(), walk_.fd(), name.c_str(), 0);
        });
    }

    void make_file(const TarMember& member, const tree::Entry& entry, const std::string& name) {
        base::UniqueFd fd;
        replacing(name, "making the file", [&] {
            constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
            fd.reset(::openat(walk_.fd(), name.c_str(), flags, 0600));
            return fd.get();
        });
        const std::span<const std::byte> tar = tar_.bytes();
        if (member.offset > tar.size() || entry.size > tar.size() - member.offset) {
            label_.refuse("the package ends in the middle of it");
        }
        const root::NewFile::Piece content = {
            tar.subspan(member.offset, static_cast<std::size_t>(entry.size)), 0};
        if (entry.xattrs.empty()) {
            finisher_.add({std::move(fd), entry, label_.text(), {content}});
        } else {
            root::write_piece(fd.get(), content, label_.text());
            root::finish_file(std::move(fd), entry, entry.size, label_.text(), attributes_);
        }
    }

    const RawDeb& deb_;
    const root::Root& root_;
    OwnerNames& owners_;
    const base::Context& context_;
    root::EntryLabel label_;
    root::DirectoryWalk walk_;
    /// For targets of links: the other one stays where the entry is made.
    root::DirectoryWalk link_walk_;
    root::AttributeWriter attributes_;
    const base::MappedFile tar_;
    std::set<std::string_view> conffiles_;
    /// Last: it writes what stands in the archive.
    root::FileFinisher finisher_;
};

} // namespace

void DebExtractor::extract(const RawDeb& deb) const {
    Extraction extraction(deb, root_, owners_, writer_, context_);
    for (const TarMember& member : deb.index.members) {
        if (!member.entry.path.empty() && !leaves_out(member.entry)) {
            extraction.take(member, extraction.is_conffile(member));
        }
    }
    extraction.finish();
}

void DebExtractor::lay(const RawDeb& deb, LaidDirectories& directories) const {
    Extraction extraction(deb, root_, owners_, writer_, context_);
    for (const TarMember& member : deb.index.members) {
        if (member.entry.path.empty()) {
            directories.shipped.insert_or_assign("", member.entry);
        } else if (!leaves_out(member.entry)) {
            extraction.take(member, false, &directories);
        }
    }
    extraction.finish();
}

void DebExtractor::extract_conffiles(const RawDeb& deb) const {
    if (deb.control.conffiles.empty()) {
        return;
    }
    Extraction extraction(deb, root_, owners_, writer_, context_);
    for (const TarMember& member : deb.index.members) {
        if (extraction.is_conffile(member) && !leaves_out(member.entry)) {
            extraction.take(member, true);
        }
    }
    extraction.finish();
}

void DebExtractor::finish(const LaidDirectories& directories) const {
    root::DirectoryWalk walk(root_);
    root::AttributeWriter attributes(context_.reporter);
    for (const auto& [path, shipped] : directories.shipped) {
        tree::Entry entry = shipped;
        if (directories.filled.contains(path)) {
            // dpkg unpacks what is in it once more.
            entry.mtime = {base::now(), 0};
        }
        if (walk.enter(path) == root::DirectoryWalk::Arrival::there) {
            attributes.apply_to_directory(walk.fd(), entry, base::printable(path));
        }
    }
}

/// dpkg leaves out neither directories nor links below /usr/share/doc, since copyright files below it
/// are kept.
bool DebExtractor::leaves_out(const tree::Entry& entry) const {
    const bool may_lead_to_copyright =
        (entry.type == EntryType::directory || entry.type == EntryType::symlink) &&
        entry.path.starts_with("usr/share/doc");
    return exclude_documentation_ && is_documentation(entry.path) && !may_lead_to_copyright;
}

} // namespace imgbuild::package
