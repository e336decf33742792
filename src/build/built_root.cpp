// SPDX-License-Identifier: Apache-2.0
#include "build/built_root.hpp"

#include "base/text.hpp"
#include "build/last_build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace imgbuild::build {

namespace {

/// The key of the uppermost layer, which decides all below it → the root.
constexpr std::string_view root_record = "root";
/// `last_build_keys` → the key of the uppermost layer.
constexpr std::string_view last_root_record = "last-root";

void put_if_new(
    const store::Store& store,
    std::string_view kind,
    const store::Key& key,
    const std::string& text) {
    if (store.find_record(kind, key) != text) {
        store.put_record(kind, key, text);
    }
}

/// @param uppermost in hexadecimal digits.
std::optional<BuiltRoot> find_root(const store::Store& store, std::string_view uppermost) {
    const auto key = store::Key::from_hex(uppermost);
    const auto record = key ? store.find_record(root_record, *key) : std::nullopt;
    return record ? parse_built_root(*record) : std::nullopt;
}

} // namespace

std::string to_text(const BuiltRoot& root) {
    std::string text = fmt::format("{}\n{}\n", root.image, root.epoch);
    for (const store::Key& layer : root.layers) {
        text += layer.hex() + '\n';
    }
    return text;
}

std::optional<BuiltRoot> parse_built_root(std::string_view text) {
    const std::vector<std::string_view> lines = base::split(text, '\n');
    const auto epoch = lines.size() > 3 ? base::parse_number(lines[1]) : std::nullopt;
    if (!epoch || !lines.back().empty()) {
        return std::nullopt;
    }
    BuiltRoot root = {std::string(lines[0]), {}, static_cast<std::int64_t>(*epoch)};
    for (std::size_t i = 2; i + 1 < lines.size(); ++i) {
        const auto layer = store::Key::from_hex(lines[i]);
        if (!layer) {
            return std::nullopt;
        }
        root.layers.push_back(*layer);
    }
    return root;
}

void remember_root(const store::Store& store, const Inputs& inputs, const Plan& plan) {
    const description::Request& request = inputs.request;
    const BuiltRoot root = {
        fmt::format("{} {} {}", request.name, request.version, request.architecture),
        plan.layer_keys(),
        inputs.epoch};
    const store::Key& uppermost = root.layers.back();
    put_if_new(store, root_record, uppermost, to_text(root));
    for (const store::Key& key : last_build_keys(request, last_root_record)) {
        put_if_new(store, last_root_record, key, uppermost.hex());
    }
}

std::optional<BuiltRoot>
last_root_of(const store::Store& store, const description::Request& request) {
    for (const store::Key& key : last_build_keys(request, last_root_record)) {
        if (const auto uppermost = store.find_record(last_root_record, key)) {
            return find_root(store, *uppermost);
        }
    }
    return std::nullopt;
}

std::optional<BuiltRoot> root_of(const store::Store& store, const BuildResult& result) {
    // The last stage is packing, which makes no layer.
    if (result.stages.size() < 2) {
        return std::nullopt;
    }
    return find_root(store, result.stages[result.stages.size() - 2].key);
}

std::vector<BuiltRoot> last_roots(const store::Store& store) {
    std::map<std::string, BuiltRoot> roots;
    for (const store::StoreEntry& entry : store.list()) {
        if (entry.kind != "record" || entry.description != last_root_record) {
            continue;
        }
        const auto key = store::Key::from_hex(entry.key);
        const auto uppermost = key ? store.find_record(last_root_record, *key) : std::nullopt;
        auto root = uppermost ? find_root(store, *uppermost) : std::nullopt;
        if (root) {
            roots.insert_or_assign(*uppermost, std::move(*root));
        }
    }
    std::vector<BuiltRoot> sorted;
    for (auto& [uppermost, root] : roots) {
        sorted.push_back(std::move(root));
    }
    std::stable_sort(sorted.begin(), sorted.end(), [](const BuiltRoot& a, const BuiltRoot& b) {
        return a.image < b.image;
    });
    return sorted;
}

bool is_stored(const BuiltRoot& root, const store::Store& store, const base::Context& context) {
    // The topmost first, as the store wants it.
    return std::all_of(root.layers.rbegin(), root.layers.rend(), [&](const store::Key& layer) {
        return store.find_layer_content(layer, context).has_value();
    });
}

} // namespace imgbuild::build
