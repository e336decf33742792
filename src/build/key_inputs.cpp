// SPDX-License-Identifier: Apache-2.0
#include "build/key_inputs.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <map>

namespace imgbuild::build {

namespace {

std::string escape(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    for (const char c : value) {
        switch (c) {
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += c;
        }
    }
    return out;
}

using Values = std::map<std::string_view, std::string_view>;

Values parse(std::string_view text) {
    Values values;
    for (const std::string_view line : base::split_lines(text)) {
        const std::size_t tab = line.find('\t');
        if (tab != std::string_view::npos) {
            values.emplace(line.substr(0, tab), line.substr(tab + 1));
        }
    }
    return values;
}

} // namespace

void KeyInputs::add(std::string name, std::string value) {
    inputs_.emplace_back(std::move(name), std::move(value));
}

void KeyInputs::add(std::string name, std::int64_t value) {
    add(std::move(name), std::to_string(value));
}

void KeyInputs::add(std::string name, const crypto::Digest& digest) {
    add(std::move(name), digest.hex());
}

std::string KeyInputs::text() const {
    std::string text;
    for (const auto& [name, value] : inputs_) {
        text += fmt::format("{}\t{}\n", escape(name), escape(value));
    }
    return text;
}

store::Key KeyInputs::key() const {
    return crypto::sha256(text());
}

std::vector<std::string>
KeyInputs::differences(std::string_view before, std::string_view now, std::size_t limit) {
    const Values old_values = parse(before);
    const Values new_values = parse(now);
    std::vector<std::string> lines;
    for (const auto& [name, value] : new_values) {
        const auto old = old_values.find(name);
        if (old == old_values.end()) {
            lines.push_back(fmt::format("{} was added", name));
        } else if (old->second != value) {
            lines.push_back(fmt::format("{} changed", name));
        }
    }
    for (const auto& [name, value] : old_values) {
        if (new_values.count(name) == 0) {
            lines.push_back(fmt::format("{} was removed", name));
        }
    }
    if (lines.size() > limit) {
        const std::size_t more = lines.size() - limit;
        lines.resize(limit);
        lines.push_back(fmt::format("and {} more", more));
    }
    return lines;
}

} // namespace imgbuild::build
