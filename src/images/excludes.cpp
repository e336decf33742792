// SPDX-License-Identifier: Apache-2.0
#include "images/excludes.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <set>

namespace imgbuild::images {

namespace {

constexpr std::string_view marker = "#!imgbuild";
constexpr std::size_t largest_file = std::size_t{1} << 20U;

std::vector<std::string_view> components_of(std::string_view path) {
    std::vector<std::string_view> components;
    for (const std::string_view component : base::split(path, '/')) {
        if (!component.empty()) {
            components.push_back(component);
        }
    }
    return components;
}

} // namespace

Excludes Excludes::parse(std::string_view text, const std::string& name) {
    Excludes excludes;
    const std::vector<std::string_view> lines = base::split_lines(text);
    if (lines.empty() || base::trim(lines.front()) != marker) {
        excludes.plain_ = tree::ExcludePatterns::parse(text, name);
        return excludes;
    }
    excludes.is_extended_ = true;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string_view line = base::trim(lines[i]);
        if (!line.empty() && line.front() != '#') {
            excludes.rules_.push_back(parse_rule(line, fmt::format("{}:{}", name, i + 1)));
        }
    }
    return excludes;
}

Excludes::Rule Excludes::parse_rule(std::string_view line, const std::string& name) {
    Rule rule;
    if (line.front() == '!') {
        rule.takes_back = true;
        line.remove_prefix(1);
    }
    try {
        for (const std::string_view level : components_of(line)) {
            rule.levels.push_back(
                level == "**" ? tree::ExcludePatterns()
                              : tree::ExcludePatterns({std::string(level)}, name));
        }
    } catch (const base::Error& error) {
        throw base::Error(
            fmt::format("{}: malformed pattern {}", name, base::printable(line)),
            base::ExitCode::usage)
            .set_hint(error.hint());
    }
    return rule;
}

Excludes Excludes::of(const root::Root& root) {
    const std::string name = fmt::format("/{} of {}", excludes_path, root.name());
    const base::UniqueFd file = root.try_open(excludes_path, O_RDONLY);
    return file ? parse(base::read_all(file.get(), name, largest_file), name) : Excludes();
}

bool Excludes::matches(const Rule& rule, const std::vector<std::string_view>& path) {
    constexpr std::size_t none = std::string_view::npos;
    std::size_t level = 0;
    std::size_t component = 0;
    // The last "**" so far, and what it stands for: where the rest fails it stands for one more. Those before it
    // need no other try, so the work does not multiply with their number.
    std::size_t any = none;
    std::size_t any_end = 0;
    while (component < path.size()) {
        if (level < rule.levels.size() && rule.levels[level].empty()) {
            any = level++;
            any_end = component;
        } else if (level < rule.levels.size() && rule.levels[level].matches(path[component])) {
            ++level;
            ++component;
        } else if (any != none) {
            level = any + 1;
            component = ++any_end;
        } else {
            return false;
        }
    }
    while (level < rule.levels.size() && rule.levels[level].empty()) {
        ++level;
    }
    return level == rule.levels.size();
}

bool Excludes::matches_or_holds(const Rule& rule, const std::vector<std::string_view>& path) const {
    std::vector<std::string_view> above;
    for (const std::string_view component : path) {
        above.push_back(component);
        if (matches(rule, above)) {
            return true;
        }
    }
    return false;
}

bool Excludes::excludes(std::string_view path) const {
    if (!is_extended_) {
        return plain_.excludes(path);
    }
    const std::vector<std::string_view> components = components_of(path);
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
        if (!rule->levels.empty() && matches_or_holds(*rule, components)) {
            return !rule->takes_back;
        }
    }
    return false;
}

tree::Inventory Excludes::apply_to(const tree::Inventory& inventory) const {
    if (!is_extended_) {
        return plain_.apply_to(inventory);
    }
    std::set<std::string_view> kept;
    for (const tree::Entry& entry : inventory.entries()) {
        if (!entry.path.empty() && excludes(entry.path)) {
            continue;
        }
        kept.insert(entry.path);
        for (std::string_view path = entry.path; path.find('/') != std::string_view::npos;) {
            path = path.substr(0, path.rfind('/'));
            if (!kept.insert(path).second) {
                break;
            }
        }
    }
    std::vector<tree::Entry> entries;
    for (const tree::Entry& entry : inventory.entries()) {
        if (kept.count(entry.path) != 0) {
            entries.push_back(entry);
        }
    }
    return tree::Inventory(std::move(entries));
}

} // namespace imgbuild::images
