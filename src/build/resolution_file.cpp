// SPDX-License-Identifier: Apache-2.0
#include "build/resolution_file.hpp"

#include "base/time.hpp"
#include "json/json.hpp"
#include "net/client.hpp"

namespace imgbuild::build {

namespace {

json::Value image_json(const oci::PinnedImage& image) {
    json::Value layers = json::Value::array();
    for (const oci::Layer& layer : image.layers) {
        layers.push_back(oci::to_string(layer.blob.digest));
    }
    return {
        {"reference", image.reference},
        {"digest", oci::to_string(image.digest())},
        {"manifest", oci::to_string(image.manifest.digest)},
        {"platform", oci::to_string(image.parsed_config.platform)},
        {"trust", image.trust},
        {"layers", layers}};
}

json::Value container_json(const ContainerInput& container) {
    json::Value document = image_json(container.image);
    if (!container.save_path.empty()) {
        document["saved_as"] = container.save_path;
    }
    document["preloaded"] = container.wish.preload;
    return document;
}

} // namespace

std::string resolution_to_json(const Inputs& inputs) {
    const package::Resolution& resolution = inputs.resolution;
    json::Value document;
    document["format"] = 1;
    document["package_manager"] = resolution.package_manager;
    document["arch"] = inputs.request.architecture;
    document["epoch"] = inputs.epoch;
    document["indexes"] = json::Value::array();
    for (std::size_t i = 0; i < resolution.indexes.size(); ++i) {
        const package::ResolvedIndex& index = resolution.indexes[i];
        const package::PackageSource& source = inputs.packages.sources.at(i);
        document["indexes"].push_back(
            {{"repository", index.alias},
             {"url",
              net::without_secrets(source.public_url.empty() ? source.url : source.public_url)},
             {"suite", index.suite},
             {"date", base::format_utc(index.date)},
             {"sha256", index.digest.hex()},
             {"signature_checked", index.signature_checked}});
    }
    document["packages"] = json::Value::array();
    for (const package::ResolvedPackage& package : resolution.packages) {
        document["packages"].push_back(
            {{"name", package.name},
             {"version", package.version},
             {"arch", package.architecture},
             {"sha256", package.digest.hex()},
             {"size", package.size},
             {"repository", inputs.packages.sources.at(package.source).alias},
             {"path", package.path},
             {"automatic", package.automatic}});
    }
    if (inputs.base) {
        document["derived_from"] = image_json(inputs.base->image);
    }
    if (!inputs.containers.empty()) {
        document["containers"] = json::Value::array();
        for (const ContainerInput& container : inputs.containers) {
            document["containers"].push_back(container_json(container));
        }
    }
    return json::dump(document);
}

} // namespace imgbuild::build
