// SPDX-License-Identifier: Apache-2.0
#include "check/resolve.hpp"

#include "base/text.hpp"

#include <deque>

namespace imgbuild::check {

namespace {

constexpr int most_links = 40;

void prepend(std::deque<std::string>& rest, std::string_view path) {
    const std::vector<std::string_view> parts = base::split(path, '/');
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        if (!part->empty() && *part != ".") {
            rest.emplace_front(*part);
        }
    }
}

void go_up(std::string& path) {
    const std::size_t slash = path.rfind('/');
    path.erase(slash == std::string::npos ? 0 : slash);
}

} // namespace

const tree::Entry* resolve(const tree::Inventory& inventory, std::string_view path) {
    std::deque<std::string> rest;
    prepend(rest, path);
    std::string reached;
    const tree::Entry* entry = inventory.find("");
    int links = 0;
    while (!rest.empty()) {
        const std::string part = std::move(rest.front());
        rest.pop_front();
        // Only a directory has anything in it, its parent included.
        const tree::Entry* const directory = inventory.find(reached);
        if (directory != nullptr && directory->type != tree::EntryType::directory) {
            return nullptr;
        }
        if (part == "..") {
            go_up(reached);
            continue;
        }
        const std::string next = reached.empty() ? part : reached + "/" + part;
        entry = inventory.find(next);
        if (entry == nullptr) {
            return nullptr;
        }
        if (entry->type != tree::EntryType::symlink) {
            reached = next;
            continue;
        }
        if (++links > most_links) {
            return nullptr;
        }
        if (!entry->link_target.empty() && entry->link_target.front() == '/') {
            reached.clear();
        }
        prepend(rest, entry->link_target);
    }
    return inventory.find(reached);
}

} // namespace imgbuild::check
