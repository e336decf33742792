// SPDX-License-Identifier: Apache-2.0
#include "package/pending_triggers.hpp"

#include "base/text.hpp"
#include "package/deb822.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::package {
namespace {

/// What a stanza says that matters here.
struct Stanza {
    std::string_view name;
    std::string_view architecture;
    /// Refers into the status file; without data if there is no such field.
    std::string_view pending;
};

Stanza read_stanza(Deb822Reader& reader) {
    Stanza stanza;
    while (const auto field = reader.next_field()) {
        if (same_field(field->name, "Package")) {
            stanza.name = field->value;
        } else if (same_field(field->name, "Architecture")) {
            stanza.architecture = field->value;
        } else if (same_field(field->name, "Triggers-Pending")) {
            stanza.pending = field->value;
        }
    }
    return stanza;
}

bool is_interested(const TriggerEvent& event, const Stanza& stanza) {
    return std::any_of(
        event.interested.begin(), event.interested.end(), [&stanza](const std::string& name) {
            return name == stanza.name ||
                   name == fmt::format("{}:{}", stanza.name, stanza.architecture);
        });
}

std::string
new_list(const Stanza& stanza, const std::vector<TriggerEvent>& events, TriggerReading reading) {
    std::vector<std::string> names;
    for (const std::string_view name : base::split_words(stanza.pending)) {
        names.emplace_back(name);
    }
    // Kept with the newest last, which is the other way round than dpkg has it in mind.
    if (!reading.before) {
        std::reverse(names.begin(), names.end());
    }
    for (const TriggerEvent& event : events) {
        if (is_interested(event, stanza) &&
            std::find(names.begin(), names.end(), event.trigger) == names.end()) {
            names.push_back(event.trigger);
        }
    }
    if (!reading.after) {
        std::reverse(names.begin(), names.end());
    }
    return base::join(names, " ");
}

} // namespace

std::string add_pending(
    std::string_view status, const std::vector<TriggerEvent>& events, TriggerReading reading) {
    std::string result;
    std::size_t copied = 0;
    Deb822Reader reader(status);
    while (reader.next_stanza()) {
        const Stanza stanza = read_stanza(reader);
        if (stanza.pending.empty()) {
            continue;
        }
        const auto start = static_cast<std::size_t>(stanza.pending.data() - status.data());
        result += status.substr(copied, start - copied);
        result += new_list(stanza, events, reading);
        copied = start + stanza.pending.size();
    }
    result += status.substr(copied);
    return result;
}

} // namespace imgbuild::package
