// SPDX-License-Identifier: Apache-2.0
#include "root/extract_path.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace imgbuild::root {

namespace {

/// As many as the kernel follows.
constexpr std::size_t most_links = 40;

/// Puts the parts of `path` on the pile, the first on top.
void push_parts(std::string_view path, std::vector<std::string>& pile) {
    const std::vector<std::string_view> parts = base::split(path, '/');
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        if (!part->empty() && *part != ".") {
            pile.emplace_back(*part);
        }
    }
}

} // namespace

DirectoryWalk::Arrival DirectoryWalk::enter(std::string_view path) {
    if (entered_ && *entered_ == path) {
        return arrival_;
    }
    depth_ = 0;
    missing_.clear();
    links_.clear();
    escape_.reset();
    entered_.reset();
    std::vector<std::string> pending;
    push_parts(path, pending);
    arrival_ = Arrival::there;
    while (!pending.empty() && arrival_ != Arrival::blocked) {
        const std::string name = std::move(pending.back());
        pending.pop_back();
        if (!step(name, pending)) {
            arrival_ = Arrival::blocked;
        }
    }
    if (arrival_ != Arrival::blocked && !missing_.empty()) {
        arrival_ = Arrival::partly;
    }
    update_path();
    entered_ = path;
    return arrival_;
}

bool DirectoryWalk::step(const std::string& name, std::vector<std::string>& pending) {
    if (name == "..") {
        step_up();
        return true;
    }
    if (!missing_.empty()) {
        missing_.push_back(name);
        return true;
    }
    if (depth_ < levels_.size() && levels_[depth_].name == name) {
        ++depth_;
        return true;
    }
    base::UniqueFd next(
        ::openat(fd(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (next) {
        levels_.resize(depth_);
        levels_.push_back({name, std::move(next)});
        ++depth_;
        return true;
    }
    if (errno == ENOENT) {
        missing_.push_back(name);
        return true;
    }
    if (errno != ENOTDIR && errno != ELOOP) {
        const int error_number = errno;
        update_path();
        throw base::SystemError(
            error_number, fmt::format("opening the directory {}", base::printable(path_of(name))));
    }
    return follow(name, pending);
}

void DirectoryWalk::step_up() {
    if (!missing_.empty()) {
        missing_.pop_back();
    } else if (depth_ > 0) {
        --depth_;
    } else if (!escape_) {
        escape_ = links_.empty() ? Link{} : links_.back();
    }
}

bool DirectoryWalk::follow(const std::string& name, std::vector<std::string>& pending) {
    update_path();
    std::array<char, 4096> target;
    const ssize_t length = ::readlinkat(fd(), name.c_str(), target.data(), target.size());
    obstacle_ = path_of(name);
    if (length <= 0) {
        return false;
    }
    const std::string_view text(target.data(), static_cast<std::size_t>(length));
    links_.push_back({obstacle_, std::string(text)});
    if (links_.size() > most_links) {
        return false;
    }
    if (text.front() == '/') {
        depth_ = 0;
    }
    push_parts(text, pending);
    return true;
}

void DirectoryWalk::update_path() {
    path_.clear();
    const auto add = [this](const std::string& name) {
        if (!path_.empty()) {
            path_ += '/';
        }
        path_ += name;
    };
    for (std::size_t i = 0; i < depth_; ++i) {
        add(levels_[i].name);
    }
    for (const std::string& name : missing_) {
        add(name);
    }
}

void DirectoryWalk::make_missing() {
    for (const std::string& name : missing_) {
        const bool is_new = ::mkdirat(fd(), name.c_str(), 0755) == 0;
        if (!is_new && errno != EEXIST) {
            base::throw_errno(fmt::format("making the directory {}", base::printable(path_)));
        }
        base::UniqueFd made(
            ::openat(fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        // The process's umask is not the image's.
        if (!made || (is_new && ::fchmod(made.get(), 0755) != 0)) {
            base::throw_errno(fmt::format("making the directory {}", base::printable(path_)));
        }
        levels_.resize(depth_);
        levels_.push_back({name, std::move(made)});
        ++depth_;
    }
    missing_.clear();
    arrival_ = Arrival::there;
}

std::string DirectoryWalk::path_of(std::string_view name) const {
    return path_.empty() ? std::string(name) : fmt::format("{}/{}", path_, name);
}

void DirectoryWalk::forget(std::string_view name) {
    if (depth_ < levels_.size() && levels_[depth_].name == name) {
        levels_.resize(depth_);
    }
}

void DirectoryWalk::forget_all() {
    levels_.clear();
    depth_ = 0;
    entered_.reset();
}

} // namespace imgbuild::root
