// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Container images for tests, written by hand, so that anything can be said in them. Layers are plain
 * bytes unless a test makes a real archive of them.
 */
#pragma once

#include "base/file.hpp"
#include "crypto/digest.hpp"

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

namespace imgbuild::test {

inline std::string digest_text(const std::string& bytes) {
    return "sha256:" + crypto::sha256(bytes).hex();
}

inline std::string
descriptor_json(const std::string& type, const std::string& bytes, const std::string& more = "") {
    return fmt::format(
        R"({{"mediaType":"{}","digest":"{}","size":{}{}}})",
        type,
        digest_text(bytes),
        bytes.size(),
        more);
}

struct TestImage {
    std::string manifest_type = "application/vnd.oci.image.manifest.v1+json";
    std::string config_type = "application/vnd.oci.image.config.v1+json";
    std::string layer_type = "application/vnd.oci.image.layer.v1.tar";
    std::string config;
    std::vector<std::string> layers;
    std::string manifest;

    /// An image whose layers are the tars themselves.
    explicit TestImage(
        std::vector<std::string> its_layers,
        const std::string& architecture = "amd64",
        const std::string& run_config = "{}")
        : layers(std::move(its_layers)) {
        std::string diff_ids;
        for (const std::string& layer : layers) {
            diff_ids += (diff_ids.empty() ? "\"" : ",\"") + digest_text(layer) + "\"";
        }
        config = fmt::format(
            R"({{"architecture":"{}","os":"linux","created":"2026-01-02T03:04:05Z","config":{},"rootfs":{{"type":"layers","diff_ids":[{}]}}}})",
            architecture,
            run_config,
            diff_ids);
        make_manifest();
    }

    /// Makes `manifest` anew from the other members.
    void make_manifest() {
        std::string list;
        for (const std::string& layer : layers) {
            list += (list.empty() ? "" : ",") + descriptor_json(layer_type, layer);
        }
        manifest = fmt::format(
            R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]}})",
            manifest_type,
            descriptor_json(config_type, config),
            list);
    }

    std::string descriptor(const std::string& more = "") const {
        return descriptor_json(manifest_type, manifest, more);
    }

    /// Everything that a registry or layout holds of it, by digest.
    std::map<std::string, std::string> blobs() const {
        std::map<std::string, std::string> all{
            {digest_text(manifest), manifest}, {digest_text(config), config}};
        for (const std::string& layer : layers) {
            all.emplace(digest_text(layer), layer);
        }
        return all;
    }
};

inline std::string index_json(const std::string& descriptors) {
    return fmt::format(
        R"({{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{}]}})",
        descriptors);
}

inline void write_blob(const std::string& layout, const std::string& bytes) {
    base::make_directories(layout + "/blobs/sha256");
    base::replace_file(layout + "/blobs/sha256/" + crypto::sha256(bytes).hex(), bytes);
}

/// An OCI layout of these images. @param index what index.json says.
inline void write_layout(
    const std::string& layout, const std::vector<TestImage>& images, const std::string& index) {
    for (const TestImage& image : images) {
        for (const auto& [digest, bytes] : image.blobs()) {
            write_blob(layout, bytes);
        }
    }
    base::replace_file(layout + "/oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    base::replace_file(layout + "/index.json", index);
}

} // namespace imgbuild::test
