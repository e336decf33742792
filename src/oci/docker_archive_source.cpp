// SPDX-License-Identifier: Apache-2.0
#include "oci/docker_archive_source.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "json/fields.hpp"
#include "naming/image_name.hpp"
#include "oci/document_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace imgbuild::oci {

namespace {

/// "debian" and "docker.io/library/debian:latest" are the same image.
std::string full_name(const std::string& text) {
    try {
        return to_string(naming::parse_image_name(text));
    } catch (const base::UsageError&) {
        return text;
    }
}

json::Value to_json(const Descriptor& descriptor) {
    return {
        {"mediaType", descriptor.media_type},
        {"size", descriptor.size},
        {"digest", to_string(descriptor.digest)}};
}

/// Archives state no media types; the first bytes of a layer do.
std::string layer_type(const ImageFiles& files, const std::string& path) {
    const std::optional<ImageFiles::File> file = files.open(path);
    std::array<std::byte, 4> start = {};
    if (file) {
        (void)file->read(start, 0, path);
    }
    constexpr std::array gzip = {std::byte{0x1f}, std::byte{0x8b}};
    constexpr std::array zstd = {
        std::byte{0x28}, std::byte{0xb5}, std::byte{0x2f}, std::byte{0xfd}};
    if (std::equal(gzip.begin(), gzip.end(), start.begin())) {
        return std::string(media_type::docker_layer_gzip);
    }
    return std::string(start == zstd ? media_type::oci_layer_zstd : media_type::docker_layer);
}

} // namespace

DockerArchiveSource::DockerArchiveSource(
    std::string name,
    std::unique_ptr<ArchiveFiles> files,
    std::string wanted,
    const store::Store& store)
    : FilesSource(std::move(name), std::move(files), store)
    , archive_(static_cast<const ArchiveFiles&>(FilesSource::files()))
    , wanted_(std::move(wanted)) {}

std::vector<DockerArchiveSource::Item> DockerArchiveSource::read_items() const {
    const std::optional<std::string> text = read_document(archive_, "manifest.json");
    if (!text) {
        refuse_document("", "is no archive of docker save (manifest.json is missing)");
    }
    const std::string where = "manifest.json";
    return reading_document([&] {
        const json::Value document = json::parse(*text, where);
        if (!document.is_array()) {
            refuse_document(where, "is no list of images");
        }
        std::vector<Item> items;
        for (const json::Value& value : document) {
            items.push_back(
                {json::text_member(value, "Config", where),
                 json::text_list_member(value, "RepoTags", where),
                 json::text_list_member(value, "Layers", where)});
        }
        return items;
    });
}

DockerArchiveSource::Item DockerArchiveSource::choose(const std::vector<Item>& items) const {
    if (wanted_.starts_with('@')) {
        const auto number = base::parse_number(wanted_.substr(1));
        if (number && *number < items.size()) {
            return items[*number];
        }
    } else if (wanted_.empty() && items.size() == 1) {
        return items.front();
    }
    std::vector<std::string> names;
    for (const Item& item : items) {
        for (const std::string& tag : item.tags) {
            if (!wanted_.empty() && full_name(tag) == full_name(wanted_)) {
                return item;
            }
            names.push_back(base::printable(tag));
        }
    }
    base::Error error(
        wanted_.empty() ? fmt::format("holds {} images", items.size())
                        : fmt::format("holds no image \"{}\"", base::printable(wanted_)),
        base::ExitCode::fetch);
    error.set_hint(
        names.empty() ? "name one by its number: @0 is the first"
                      : "name one behind a colon; it has " + base::join(names, ", "));
    throw error;
}

Descriptor DockerArchiveSource::describe(
    const std::string& path, std::string media_type, const base::Context& context) {
    const std::optional<ArchiveFiles::Facts> facts = archive_.facts_of(path, context);
    if (!facts) {
        refuse_document("", base::printable(path) + " is missing");
    }
    paths_.emplace(facts->digest, path);
    Descriptor descriptor;
    descriptor.media_type = std::move(media_type);
    descriptor.digest = facts->digest;
    descriptor.size = facts->size;
    return descriptor;
}

Document DockerArchiveSource::root(const Platform&, const base::Context& context) {
    const Item item = choose(read_items());
    known_name_ = item.tags.empty() ? "" : item.tags.front();
    if (item.layers.size() > layer_limit) {
        refuse_document(
            "", fmt::format("has {} layers, at most {} are read", item.layers.size(), layer_limit));
    }
    json::Value manifest = {
        {"schemaVersion", 2},
        {"mediaType", media_type::docker_manifest},
        {"config", to_json(describe(item.config, std::string(media_type::docker_config), context))},
        {"layers", json::Value::array()}};
    for (const std::string& layer : item.layers) {
        manifest["layers"].push_back(
            to_json(describe(layer, layer_type(archive_, layer), context)));
    }
    std::string text = json::dump_line(manifest);
    Descriptor root;
    root.media_type = media_type::docker_manifest;
    root.digest = crypto::sha256(text);
    root.size = text.size();
    return take_document(root, std::move(text), store(), "manifest");
}

std::string DockerArchiveSource::path_of(const Descriptor& blob) const {
    const auto found = paths_.find(blob.digest);
    return found == paths_.end() ? to_string(blob.digest) : found->second;
}

} // namespace imgbuild::oci
