// SPDX-License-Identifier: Apache-2.0
#include "package/deb_control.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "package/deb822.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace imgbuild::package {
namespace {

constexpr std::uint64_t size_limit = std::uint64_t{64} << 20U;

std::string content_of(archive::Reader& reader, std::uint64_t size) {
    std::string content(size, '\0');
    const std::span<std::byte> bytes = std::as_writable_bytes(std::span(content));
    std::size_t done = 0;
    while (const std::size_t got = reader.read(bytes.subspan(done))) {
        done += got;
    }
    return content;
}

void read_conffiles(DebControl& control) {
    const std::string* const text = control.find("conffiles");
    if (text == nullptr) {
        return;
    }
    if (!text->empty() && !text->ends_with('\n')) {
        control.problem = "its list of configuration files ends in the middle of a line";
    }
    for (std::string_view line : base::split_lines(*text)) {
        while (line.ends_with(' ') || line.ends_with('\t')) {
            line.remove_suffix(1);
        }
        if (!line.starts_with('/')) {
            control.problem = "it has a configuration file with a flag, or without a path";
            return;
        }
        control.conffiles.emplace_back(line);
    }
}

void read_triggers(DebControl& control) {
    static const std::array<std::pair<std::string_view, TriggerLine>, 6> words = {{
        {"interest", {TriggerLine::Kind::interest, true, {}}},
        {"interest-await", {TriggerLine::Kind::interest, true, {}}},
        {"interest-noawait", {TriggerLine::Kind::interest, false, {}}},
        {"activate", {TriggerLine::Kind::activate, true, {}}},
        {"activate-await", {TriggerLine::Kind::activate, true, {}}},
        {"activate-noawait", {TriggerLine::Kind::activate, false, {}}},
    }};
    const std::string* const text = control.find("triggers");
    if (text == nullptr) {
        return;
    }
    for (const std::string_view whole : base::split_lines(*text)) {
        const std::vector<std::string_view> parts = base::split_words(whole);
        if (parts.empty() || parts[0].starts_with('#')) {
            continue;
        }
        const auto* const found = std::find_if(
            words.begin(), words.end(), [&](const auto& w) { return w.first == parts[0]; });
        if (found == words.end() || parts.size() != 2 || parts[1].ends_with('/') ||
            parts[1].find("//") != std::string_view::npos ||
            (!parts[1].starts_with('/') && parts[1].find('/') != std::string_view::npos)) {
            control.problem = "its triggers have a line of an unknown form";
            return;
        }
        control.triggers.push_back(found->second);
        control.triggers.back().name = parts[1];
    }
}

} // namespace

const std::string* DebControl::find(std::string_view name) const {
    const auto found = files.find(name);
    return found == files.end() ? nullptr : &found->second.content;
}

std::string_view DebControl::field(std::string_view name) const {
    const std::string* const text = find("control");
    if (text != nullptr) {
        Deb822Reader reader(*text);
        while (reader.next_stanza()) {
            while (const auto field = reader.next_field()) {
                if (same_field(field->name, name)) {
                    return field->value;
                }
            }
        }
    }
    return {};
}

DebControl read_control(archive::Reader reader) {
    DebControl control;
    std::uint64_t total = 0;
    while (const auto next = reader.next()) {
        const tree::Entry& entry = next->entry;
        std::string_view name = entry.path;
        if (name.starts_with("./")) {
            name.remove_prefix(2);
        }
        if (entry.type == tree::EntryType::directory && (name.empty() || name == ".")) {
            continue;
        }
        if (entry.type != tree::EntryType::regular || next->hardlink_target || name.empty() ||
            name.starts_with('.') || name.find('/') != std::string_view::npos || name == "list") {
            control.problem =
                fmt::format("its control archive holds {}", base::printable(entry.path));
            continue;
        }
        total += entry.size;
        if (entry.size > size_limit || total > size_limit) {
            throw base::Error(fmt::format("{} is larger than any package's", reader.name()));
        }
        control.files.insert_or_assign(
            std::string(name), DebControl::File{content_of(reader, entry.size), entry});
    }
    read_conffiles(control);
    read_triggers(control);
    return control;
}

} // namespace imgbuild::package
