// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.hpp"

#include "base/text.hpp"
#include "json/fields.hpp"
#include "oci/document_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace imgbuild::oci {

namespace {

/// Larger ones are no blobs but mistakes; keeps sums of sizes far from overflow.
constexpr std::uint64_t blob_size_limit = std::uint64_t{1} << 50U;

constexpr std::size_t index_limit = 10'000;

bool is_manifest_type(std::string_view type) {
    return type == media_type::oci_manifest || type == media_type::docker_manifest;
}

bool is_index_type(std::string_view type) {
    return type == media_type::oci_index || type == media_type::docker_list;
}

bool is_schema_1(std::string_view type) {
    return type == "application/vnd.docker.distribution.manifest.v1+json" ||
           type == "application/vnd.docker.distribution.manifest.v1+prettyjws";
}

Platform read_platform(const json::Value& value, const std::string& where) {
    return {
        json::text_member(value, "os", where),
        json::text_member(value, "architecture", where),
        json::text_member(value, "variant", where)};
}

Descriptor read_descriptor(const json::Value& value, const std::string& where) {
    Descriptor descriptor;
    descriptor.media_type = json::text_member(value, "mediaType", where);
    descriptor.digest = require_digest(json::text_member(value, "digest", where), where);
    const auto size = json::number_member(value, "size", where);
    if (!size || *size > blob_size_limit) {
        refuse_document(where, size ? "states an impossible size" : "states no size");
    }
    descriptor.size = *size;
    descriptor.annotations = json::text_map_member(value, "annotations", where);
    if (const json::Value* const platform = json::find_member(value, "platform", where)) {
        descriptor.platform = read_platform(*platform, where + ": platform");
    }
    descriptor.urls = json::text_list_member(value, "urls", where);
    return descriptor;
}

std::vector<Descriptor> read_descriptors(
    const json::Value& document,
    const std::string& key,
    std::size_t most,
    const std::string& name) {
    const json::Value& list = json::list_member(document, key, name);
    if (list.size() > most) {
        refuse_document(
            name, fmt::format("has {} {}, at most {} are read", list.size(), key, most));
    }
    std::vector<Descriptor> descriptors;
    descriptors.reserve(list.size());
    for (const json::Value& value : list) {
        descriptors.push_back(
            read_descriptor(value, fmt::format("{}: {}[{}]", name, key, descriptors.size())));
    }
    return descriptors;
}

/// Docker's and OCI's configs; anything else is some other artifact that was put into a registry.
void check_is_image(const Manifest& manifest, const std::string& name) {
    const std::string& type = manifest.config.media_type;
    if (type != media_type::oci_config && type != media_type::docker_config) {
        refuse_document(
            name,
            fmt::format(
                "is no container image: its config is of type \"{}\"", base::printable(type)));
    }
    for (const Descriptor& layer : manifest.layers) {
        if (declared_compression(layer.media_type)) {
            continue;
        }
        const bool is_encrypted = layer.media_type.ends_with("+encrypted");
        refuse_document(
            name,
            fmt::format(
                "layer {} is {}, which can't be used (\"{}\")",
                to_string(layer.digest),
                is_encrypted ? "encrypted" : "of an unknown type",
                base::printable(layer.media_type)));
    }
}

/// A document whose kind depends on who reads it could be signed as one image and used as another.
void check_unambiguous(const json::Value& document, bool is_index, const std::string& name) {
    constexpr std::array<const char*, 3> of_images = {"config", "layers", "fsLayers"};
    constexpr std::array<const char*, 2> of_indexes = {"manifests", "fsLayers"};
    const auto has = [&document](const char* key) { return document.contains(key); };
    const bool is_clean = is_index ? std::none_of(of_images.begin(), of_images.end(), has)
                                   : std::none_of(of_indexes.begin(), of_indexes.end(), has);
    if (!is_clean) {
        refuse_document(name, "is an image and an index at once");
    }
}

/// The type that the document is read as, from what it is called outside and inside.
std::string
settle_type(const json::Value& document, std::string_view content_type, const std::string& name) {
    const std::string outside(base::trim(content_type.substr(0, content_type.find(';'))));
    const std::string inside = json::text_member(document, "mediaType", name);
    const auto version = json::number_member(document, "schemaVersion", name);
    if (is_schema_1(outside) || is_schema_1(inside) || version == 1U) {
        base::Error error(
            name + ": is of Docker's schema 1, which is too old to be used", base::ExitCode::fetch);
        error.set_hint(
            "push the image again with a program of this decade, or pull it by a newer tag");
        throw error;
    }
    if (version != 2U) {
        refuse_document(name, "is no manifest: \"schemaVersion\" is not 2");
    }
    const bool outside_counts = is_manifest_type(outside) || is_index_type(outside);
    if (outside_counts && !inside.empty() && inside != outside) {
        refuse_document(
            name,
            fmt::format(
                "is sent as \"{}\" but calls itself \"{}\"", outside, base::printable(inside)));
    }
    if (!inside.empty() || outside_counts) {
        const std::string& type = inside.empty() ? outside : inside;
        if (!is_manifest_type(type) && !is_index_type(type)) {
            refuse_document(
                name, fmt::format("is no container image but \"{}\"", base::printable(type)));
        }
        return type;
    }
    return std::string(
        document.contains("manifests") ? media_type::oci_index : media_type::oci_manifest);
}

} // namespace

std::variant<Manifest, Index>
parse_manifest(std::string_view text, std::string_view content_type, const std::string& name) {
    check_document_size(text, name);
    return reading_document([&]() -> std::variant<Manifest, Index> {
        const json::Value document = json::parse(text, name);
        const std::string type = settle_type(document, content_type, name);
        check_unambiguous(document, is_index_type(type), name);
        if (is_index_type(type)) {
            return Index{
                type,
                read_descriptors(document, "manifests", index_limit, name),
                json::text_map_member(document, "annotations", name)};
        }
        const json::Value* const config = json::find_member(document, "config", name);
        if (config == nullptr) {
            refuse_document(name, "has no config");
        }
        Manifest manifest{
            type,
            read_descriptor(*config, name + ": config"),
            read_descriptors(document, "layers", layer_limit, name),
            json::text_map_member(document, "annotations", name)};
        check_is_image(manifest, name);
        return manifest;
    });
}

} // namespace imgbuild::oci
