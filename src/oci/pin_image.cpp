// SPDX-License-Identifier: Apache-2.0
#include "oci/pin_image.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "oci/document_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace imgbuild::oci {

namespace {

/// Indexes of indexes are legal; endless ones are an attack.
constexpr int nesting_limit = 4;

std::string document_name(const char* kind, const crypto::Digest& digest) {
    return fmt::format("{} {}", kind, to_string(digest));
}

[[noreturn]] void throw_no_platform(const Index& index, const Platform& platform) {
    std::set<std::string> offered;
    for (const Descriptor& entry : index.manifests) {
        // Builders file their attestations under this platform.
        if (entry.platform && entry.platform->os != "unknown") {
            offered.insert(base::printable(to_string(*entry.platform)));
        }
    }
    base::Error error("has no image for " + to_string(platform), base::ExitCode::fetch);
    if (!offered.empty()) {
        error.set_hint("it has images for " + base::join({offered.begin(), offered.end()}, ", "));
    }
    throw error;
}

const Descriptor& choose_entry(const Index& index, const Platform& platform) {
    if (index.manifests.size() == 1 && !index.manifests.front().platform) {
        return index.manifests.front();
    }
    std::vector<Platform> offered;
    offered.reserve(index.manifests.size());
    for (const Descriptor& entry : index.manifests) {
        offered.push_back(entry.platform.value_or(Platform{"", "", ""}));
    }
    const std::size_t best = best_platform(offered, platform);
    if (best == no_platform) {
        throw_no_platform(index, platform);
    }
    return index.manifests[best];
}

} // namespace

Document take_document(
    const Descriptor& descriptor,
    std::string bytes,
    const store::Store& store,
    const std::string& name) {
    if (bytes.size() != descriptor.size) {
        throw base::IntegrityError(
            name, fmt::format("{} bytes", descriptor.size), fmt::format("{} bytes", bytes.size()));
    }
    const crypto::Digest found = crypto::sha256(bytes);
    if (found != descriptor.digest) {
        throw base::IntegrityError(name, to_string(descriptor.digest), to_string(found));
    }
    if (!store.has_blob(found)) {
        store::BlobWriter writer = store.new_blob();
        writer.write(std::as_bytes(std::span(bytes)));
        (void)writer.publish(found, name);
    }
    return {descriptor.media_type, found, std::move(bytes)};
}

PinnedImage pin_image(
    Document root, const Platform& platform, const store::Store& store, const ReadDocument& read) {
    PinnedImage image;
    Document document = std::move(root);
    for (int depth = 0;; ++depth) {
        std::variant<Manifest, Index> parsed = parse_manifest(
            document.bytes, document.media_type, document_name("manifest", document.digest));
        if (Manifest* const manifest = std::get_if<Manifest>(&parsed)) {
            image.parsed_manifest = std::move(*manifest);
            break;
        }
        if (depth == nesting_limit) {
            refuse_document("", fmt::format("indexes are nested more than {} deep", nesting_limit));
        }
        const Descriptor entry = choose_entry(std::get<Index>(parsed), platform);
        document.media_type = std::get<Index>(parsed).media_type;
        if (!image.index) {
            image.index = std::move(document);
        }
        document =
            take_document(entry, read(entry), store, document_name("manifest", entry.digest));
    }
    document.media_type = image.parsed_manifest.media_type;
    image.manifest = std::move(document);

    const Descriptor& config = image.parsed_manifest.config;
    const std::string config_name = document_name("config", config.digest);
    if (config.size > document_limit) {
        refuse_document(
            config_name,
            fmt::format("is {} bytes, the most that is read is {}", config.size, document_limit));
    }
    image.config = take_document(config, read(config), store, config_name);
    image.parsed_config =
        parse_image_config(image.config.bytes, image.parsed_manifest.layers.size(), config_name);
    for (std::size_t i = 0; i < image.parsed_manifest.layers.size(); ++i) {
        image.layers.push_back({image.parsed_manifest.layers[i], image.parsed_config.diff_ids[i]});
    }
    return image;
}

} // namespace imgbuild::oci
