// SPDX-License-Identifier: Apache-2.0
#include "oci/storage_records.hpp"

#include "base/base64.hpp"
#include "base/error.hpp"
#include "json/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::oci {

namespace {

using json::Value;

/// Layers and images without a time of their own get this one: the same image gives the same bytes.
constexpr const char* no_time = "1970-01-01T00:00:00Z";

int compression_number(compress::Codec codec) {
    switch (codec) {
    case compress::Codec::gzip:
        return 2;
    case compress::Codec::zstd:
        return 4;
    default:
        return 0;
    }
}

Value* find_by_id(Value& list, const std::string& id) {
    for (Value& item : list) {
        if (item["id"] == id) {
            return &item;
        }
    }
    return nullptr;
}

Value names_of(const Value& item) {
    const auto names = item.find("names");
    return names != item.end() && names->is_array() ? *names : Value::array();
}

void take_names_from_others(Value& list, const std::vector<std::string>& names) {
    for (Value& item : list) {
        Value left = Value::array();
        const Value before = names_of(item);
        for (const Value& name : before) {
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                left.push_back(name);
            }
        }
        if (left.size() != before.size()) {
            item["names"] = left;
        }
    }
}

Value image_record(const PinnedImage& image, const std::string& top_layer) {
    Value record;
    record["id"] = image.id().hex();
    record["digest"] = to_string(image.manifest.digest);
    record["names"] = Value::array();
    record["layer"] = top_layer;
    record["metadata"] = "{}";
    Value names = Value::array();
    Value sizes = Value::object();
    Value digests = Value::object();
    for (const auto& [name, document] : big_data(image)) {
        names.push_back(name);
        sizes[name] = document->bytes.size();
        digests[name] = to_string(document->digest);
    }
    record["big-data-names"] = names;
    record["big-data-sizes"] = sizes;
    record["big-data-digests"] = digests;
    const std::string& created = image.parsed_config.created;
    record["created"] = created.empty() ? no_time : created.c_str();
    record["flags"] = Value::object();
    return record;
}

} // namespace

std::string checked_list(const std::string& text, const std::string& name) {
    if (text.empty()) {
        return "[]";
    }
    Value list;
    try {
        list = json::parse(text, name);
    } catch (base::Error& error) {
        error.set_exit_code(base::ExitCode::pack);
        throw;
    }
    if (list.is_null()) {
        return "[]";
    }
    const auto refuse = [&](const std::string& why) {
        throw base::Error(
            fmt::format("{} is not the list of a container storage: {}", name, why),
            base::ExitCode::pack);
    };
    if (!list.is_array()) {
        refuse("it is no array");
    }
    for (const Value& item : list) {
        const auto id = item.find("id");
        if (!item.is_object() || id == item.end() || !id->is_string()) {
            refuse(fmt::format("{} has no id that is a string", json::dump_line(item)));
        }
    }
    return text;
}

bool has_layer(const std::string& list, const std::string& id) {
    Value value = json::parse(list, "layers.json");
    return find_by_id(value, id) != nullptr;
}

std::string
with_layer(const std::string& list, const StorageLayer& layer, const StorageLayerFacts& facts) {
    Value record;
    record["id"] = layer.chain.back();
    if (layer.chain.size() > 1) {
        record["parent"] = layer.chain[layer.chain.size() - 2];
    }
    record["created"] = no_time;
    record["compressed-diff-digest"] = to_string(layer.layer.blob.digest);
    record["compressed-size"] = facts.blob.size;
    record["diff-digest"] = to_string(layer.layer.diff_id);
    record["diff-size"] = facts.blob.diff_size;
    if (facts.blob.codec != compress::Codec::none) {
        record["compression"] = compression_number(facts.blob.codec);
    }
    record["uidset"] = facts.uids;
    record["gidset"] = facts.gids;
    Value value = json::parse(list, "layers.json");
    value.push_back(record);
    return json::dump_line(value);
}

std::string to_text(const StorageLayerFacts& facts) {
    return json::dump_line(
        {{"codec", static_cast<int>(facts.blob.codec)},
         {"size", facts.blob.size},
         {"diff_size", facts.blob.diff_size},
         {"uids", facts.uids},
         {"gids", facts.gids}});
}

std::optional<StorageLayerFacts> facts_from_text(const std::string& text) {
    try {
        const Value value = json::parse(text, "facts of a layer");
        StorageLayerFacts facts;
        facts.blob.codec = static_cast<compress::Codec>(value.at("codec").get<int>());
        facts.blob.size = value.at("size").get<std::uint64_t>();
        facts.blob.diff_size = value.at("diff_size").get<std::uint64_t>();
        facts.uids = value.at("uids").get<std::set<std::uint32_t>>();
        facts.gids = value.at("gids").get<std::set<std::uint32_t>>();
        return facts;
    } catch (const json::Value::exception&) {
        return std::nullopt;
    } catch (const base::Error&) {
        return std::nullopt;
    }
}

std::string with_image(
    const std::string& list,
    const PinnedImage& image,
    const std::string& top_layer,
    const std::vector<std::string>& names) {
    Value value = json::parse(list, "images.json");
    take_names_from_others(value, names);
    Value* record = find_by_id(value, image.id().hex());
    if (record == nullptr) {
        value.push_back(image_record(image, top_layer));
        record = &value.back();
    }
    Value all = names_of(*record);
    for (const std::string& name : names) {
        if (std::find(all.begin(), all.end(), name) == all.end()) {
            all.push_back(name);
        }
    }
    (*record)["names"] = all;
    return json::dump_line(value);
}

std::vector<std::pair<std::string, const Document*>> big_data(const PinnedImage& image) {
    std::vector<std::pair<std::string, const Document*>> result = {
        {to_string(image.config.digest), &image.config},
        {"manifest-" + to_string(image.manifest.digest), &image.manifest},
        {"manifest", &image.manifest}};
    if (image.index) {
        result.emplace_back("manifest-" + to_string(image.index->digest), &*image.index);
    }
    return result;
}

std::string big_data_file(const std::string& name) {
    const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
    });
    return is_plain ? name : "=" + base::base64_encode(name);
}

} // namespace imgbuild::oci
