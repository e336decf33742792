// SPDX-License-Identifier: Apache-2.0
#include "store/layer_stamp.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace imgbuild::store {

namespace {

constexpr std::size_t stamp_limit = 65536;

/// The rest of the line that begins with `name`; empty if there is none.
std::string_view value_of(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        if (line.starts_with(name)) {
            return line.substr(name.size());
        }
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return {};
}

} // namespace

std::string current_boot_id() {
    try {
        std::string id = base::read_file("/proc/sys/kernel/random/boot_id", 4096);
        id.erase(id.find_last_not_of('\n') + 1);
        return id;
    } catch (const base::Error&) {
        return {};
    }
}

std::string serialise(const LayerStamp& stamp) {
    std::string description = stamp.description;
    for (char& c : description) {
        c = c == '\n' ? ' ' : c;
    }
    return fmt::format(
        "imgbuild layer 1\nboot {}\nbytes {}\ndescription {}\n",
        stamp.boot_id,
        stamp.bytes,
        description);
}

LayerStamp read_layer_stamp(const std::string& path) {
    LayerStamp stamp;
    try {
        const std::string text = base::read_file(path, stamp_limit);
        stamp.boot_id = value_of(text, "boot ");
        stamp.description = value_of(text, "description ");
        const std::string_view bytes = value_of(text, "bytes ");
        std::from_chars(bytes.data(), bytes.data() + bytes.size(), stamp.bytes);
    } catch (const base::Error&) {
        return {};
    }
    return stamp;
}

} // namespace imgbuild::store
