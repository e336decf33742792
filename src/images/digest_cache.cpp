// SPDX-License-Identifier: Apache-2.0
#include "images/digest_cache.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace imgbuild::images {

namespace {

constexpr std::string_view version = "imgbuild digests 1";

/// Takes the number before the next blank off the line. @returns false if there is none.
template <typename Number>
bool take_number(std::string_view& line, Number& number) {
    const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (problem != std::errc() || end == line.data() + line.size() || *end != ' ') {
        return false;
    }
    line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
    return true;
}

bool take_digest(std::string_view& line, crypto::Digest& digest) {
    constexpr std::size_t length = 64;
    const auto found = crypto::Digest::from_hex(line.substr(0, length));
    if (!found || line.size() <= length || line[length] != ' ') {
        return false;
    }
    digest = *found;
    line.remove_prefix(length + 1);
    return true;
}

} // namespace

DigestCache::DigestCache(std::string path)
    : path_(std::move(path)) {
    try {
        if (base::exists(path_)) {
            load();
        }
    } catch (const base::Error&) {
        known_.clear();
    }
}

void DigestCache::load() {
    const std::string text = base::read_file(path_);
    const std::size_t end = text.find('\n');
    if (end == std::string::npos) {
        return;
    }
    // The first line seals the rest.
    const std::string_view content = std::string_view(text).substr(end + 1);
    if (text.substr(0, end) != fmt::format("{} {}", version, crypto::sha256(content).hex())) {
        return;
    }
    for (std::string_view line : base::split_lines(content)) {
        Known known;
        tree::FileState& state = known.state;
        if (take_digest(line, known.digest) && take_number(line, state.device) &&
            take_number(line, state.inode) && take_number(line, state.size) &&
            take_number(line, state.mtime.seconds) && take_number(line, state.mtime.nanoseconds) &&
            take_number(line, state.ctime.seconds) && take_number(line, state.ctime.nanoseconds)) {
            known_.emplace(line, known);
        }
    }
}

std::optional<crypto::Digest>
DigestCache::find(const std::string& path, const tree::FileState& state) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(path);
    if (found == known_.end() || !(found->second.state == state)) {
        return std::nullopt;
    }
    found->second.is_used = true;
    return found->second.digest;
}

void DigestCache::add(
    const std::string& path, const tree::FileState& state, const crypto::Digest& digest) {
    const bool may_change_unseen = state.ctime.seconds + 1 >= base::now();
    if (may_change_unseen || path.find('\n') != std::string::npos) {
        return;
    }
    const std::lock_guard lock(mutex_);
    known_[path] = {state, digest, true};
    has_new_ = true;
}

std::string DigestCache::text() const {
    std::vector<const std::string*> paths;
    for (const auto& [path, known] : known_) {
        if (known.is_used) {
            paths.push_back(&path);
        }
    }
    std::sort(paths.begin(), paths.end(), [](const auto* a, const auto* b) { return *a < *b; });
    fmt::memory_buffer content;
    for (const std::string* const path : paths) {
        const Known& known = known_.at(*path);
        const tree::FileState& state = known.state;
        fmt::format_to(
            std::back_inserter(content),
            "{} {} {} {} {} {} {} {} {}\n",
            known.digest.hex(),
            state.device,
            state.inode,
            state.size,
            state.mtime.seconds,
            state.mtime.nanoseconds,
            state.ctime.seconds,
            state.ctime.nanoseconds,
            *path);
    }
    const std::string rest = fmt::to_string(content);
    return fmt::format("{} {}\n{}", version, crypto::sha256(rest).hex(), rest);
}

void DigestCache::save() const noexcept {
    try {
        const bool has_unused = std::any_of(
            known_.begin(), known_.end(), [](const auto& known) { return !known.second.is_used; });
        if (has_new_ || has_unused) {
            base::make_directories(path_.substr(0, path_.rfind('/')));
            base::replace_file(path_, text());
        }
    } catch (const std::exception&) {
        return;
    }
}

tree::Inventory read_inventory(
    const root::Root& root, const std::string& own_directory, const base::Context& context) {
    DigestCache cache(base::join_path(own_directory, "digests"));
    tree::Inventory inventory =
        tree::scan(root.fd(), root.name(), {.known_digests = &cache}, context);
    cache.save();
    return inventory;
}

} // namespace imgbuild::images
