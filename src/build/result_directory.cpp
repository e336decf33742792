// SPDX-License-Identifier: Apache-2.0
#include "build/result_directory.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random_name.hpp"
#include "base/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <set>
#include <vector>

namespace imgbuild::build {

namespace {

/// In a directory that is not ours: what is still to be done. Lines "put TEMPORARY NAME" and
/// "remove NAME"; complete once it exists.
constexpr std::string_view journal_name = ".imgbuild.journal";
constexpr std::string_view temporary_prefix = ".imgbuild.new.";

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

std::set<std::string> names_in(const std::string& path) {
    const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
    if (!directory) {
        base::throw_errno(fmt::format("reading the directory {}", path));
    }
    std::set<std::string> names;
    while (const dirent* entry = ::readdir(directory.get())) {
        names.insert(entry->d_name);
    }
    names.erase(".");
    names.erase("..");
    return names;
}

void sync_directory(const std::string& path) {
    const base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    if (::fsync(fd.get()) != 0) {
        base::throw_errno(fmt::format("writing {}", path));
    }
}

void rename_file(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        base::throw_errno(fmt::format("replacing {}", to));
    }
}

std::string without_trailing_slashes(std::string path) {
    while (path.size() > 1 && path.back() == '/') {
        path.pop_back();
    }
    return path;
}

/// A journal may have been written by anybody who may write to the directory.
bool is_plain_name(std::string_view name) {
    return name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

/// What the path stands for if it is a link, so that the link itself is never exchanged away.
std::string behind_links(const std::string& path) {
    return base::try_real_path(path).value_or(path);
}

} // namespace

ResultDirectory::ResultDirectory(std::string path)
    : path_(behind_links(without_trailing_slashes(std::move(path))))
    , place_(StagingPlace::for_target(path_)) {
    struct stat status = {};
    const bool exists = ::stat(path_.c_str(), &status) == 0;
    const bool is_below_file = !exists && errno == ENOTDIR;
    if (is_below_file || (exists && !S_ISDIR(status.st_mode))) {
        base::UsageError error(fmt::format(
            "the target directory {} {}",
            path_,
            is_below_file ? "would lie below a file" : "is not a directory"));
        error.set_hint("name another one with --target-dir, or move what is there out of the way");
        throw error;
    }
    complete_replacement();
    remove_leftovers();
}

ResultDirectory::~ResultDirectory() {
    if (!staging_.path.empty()) {
        try {
            base::remove_tree(staging_.path);
        } catch (const base::Error&) {
            // Nothing can be done about it here; the next result gets a directory of its own.
        }
    }
}

std::optional<BuildResult> ResultDirectory::current() const {
    const std::string file = base::join_path(path_, result_file_name);
    if (!base::exists(file)) {
        return std::nullopt;
    }
    try {
        return parse_build_result(base::read_file(file), file);
    } catch (const base::Error&) {
        return std::nullopt;
    }
}

bool ResultDirectory::verify(const BuildResult& result, const store::FileDigests& digests) const {
    return std::all_of(
        result.artifacts.begin(), result.artifacts.end(), [&](const Artifact& artifact) {
            const std::string path = base::join_path(path_, artifact.path);
            struct stat status = {};
            if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
                static_cast<std::uint64_t>(status.st_size) != artifact.size) {
                return false;
            }
            const base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
            return digests.of(fd.get(), path) == artifact.digest;
        });
}

const std::string& ResultDirectory::staging() {
    if (staging_.path.empty()) {
        staging_ = place_.make();
    }
    return staging_.path;
}

void ResultDirectory::publish(const BuildResult& result) {
    base::replace_file(base::join_path(staging(), result_file_name), to_json(result));
    for (const std::string& name : names_in(staging_.path)) {
        const std::string path = base::join_path(staging_.path, name);
        const base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW);
        if (::fsync(fd.get()) != 0) {
            base::throw_errno(fmt::format("writing {}", path));
        }
    }
    sync_directory(staging_.path);
    if (!base::exists(path_)) {
        if (::rename(staging_.path.c_str(), path_.c_str()) == 0) {
            staging_.path.clear();
            return;
        }
        // Another build was faster: its result is replaced like any former one.
        if (errno != ENOTEMPTY && errno != EEXIST) {
            base::throw_errno(fmt::format("replacing {}", path_));
        }
    }
    if (place_.is_beside() && holds_only_a_result()) {
        exchange();
    } else {
        replace_files(result);
    }
}

bool ResultDirectory::holds_only_a_result() const {
    std::set<std::string> names = names_in(path_);
    if (names.empty()) {
        return true;
    }
    const auto former = current();
    if (!former) {
        return false;
    }
    for (const Artifact& artifact : former->artifacts) {
        names.erase(artifact.path);
    }
    names.erase(std::string(result_file_name));
    return names.empty();
}

void ResultDirectory::exchange() {
    // The new directory takes over what the user gave the old one.
    struct stat status = {};
    if (::stat(path_.c_str(), &status) == 0) {
        if (::chown(staging_.path.c_str(), status.st_uid, status.st_gid) != 0 ||
            ::chmod(staging_.path.c_str(), status.st_mode & 07777U) != 0) {
            base::throw_errno(
                fmt::format("giving {} the owner and mode of {}", staging_.path, path_));
        }
    }
    if (::renameat2(AT_FDCWD, staging_.path.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) ==
        0) {
        // What is in staging_ now is the former result; the destructor removes it.
        return;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        base::throw_errno(fmt::format("replacing {}", path_));
    }
    // Some network file systems can't exchange: the journal is as safe, only slower.
    replace_files(parse_build_result(
        base::read_file(base::join_path(staging_.path, result_file_name)), staging_.path));
}

void ResultDirectory::replace_files(const BuildResult& result) {
    const auto former = current();
    std::vector<std::string> names;
    for (const Artifact& artifact : result.artifacts) {
        names.push_back(artifact.path);
    }
    // Last: whoever reads the result file finds all that it names.
    names.emplace_back(result_file_name);
    std::string journal;
    for (const std::string& name : names) {
        const std::string temporary = std::string(temporary_prefix) + name;
        rename_file(base::join_path(staging_.path, name), base::join_path(path_, temporary));
        journal += fmt::format("put {} {}\n", temporary, name);
    }
    if (former) {
        for (const Artifact& artifact : former->artifacts) {
            if (std::find(names.begin(), names.end(), artifact.path) == names.end()) {
                journal += fmt::format("remove {}\n", artifact.path);
            }
        }
    }
    sync_directory(path_);
    base::replace_file(base::join_path(path_, journal_name), journal);
    complete_replacement();
}

void ResultDirectory::remove_leftovers() const {
    for (const StagingPlace& place : StagingPlace::all_for_target(path_)) {
        place.remove_leftovers();
    }
    if (base::is_directory(path_)) {
        // Without a journal these were never promised to anybody.
        for (const std::string& name : names_in(path_)) {
            if (name.rfind(temporary_prefix, 0) == 0) {
                ::unlink(base::join_path(path_, name).c_str());
            }
        }
    }
}

void ResultDirectory::complete_replacement() const {
    const std::string journal = base::join_path(path_, journal_name);
    if (!base::exists(journal)) {
        return;
    }
    const std::string text = base::read_file(journal);
    for (const std::string_view line : base::split_lines(text)) {
        const std::vector<std::string_view> words = base::split_words(line);
        if (!std::all_of(words.begin(), words.end(), is_plain_name)) {
            continue;
        }
        if (words.size() == 3 && words[0] == "put") {
            const std::string temporary = base::join_path(path_, words[1]);
            // Gone: an earlier attempt got this far.
            if (base::exists(temporary)) {
                rename_file(temporary, base::join_path(path_, words[2]));
            }
        } else if (words.size() == 2 && words[0] == "remove") {
            ::unlink(base::join_path(path_, words[1]).c_str());
        }
    }
    sync_directory(path_);
    if (::unlink(journal.c_str()) != 0) {
        base::throw_errno(fmt::format("removing {}", journal));
    }
}

} // namespace imgbuild::build
