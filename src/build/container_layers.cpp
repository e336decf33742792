// SPDX-License-Identifier: Apache-2.0
#include "build/container_layers.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/time.hpp"
#include "oci/image_layers.hpp"
#include "oci/storage_records.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace imgbuild::build {

namespace {

/// Raise when the same container would become something else.
constexpr int layers_version = 1;

constexpr std::string_view facts_record = "storage-layer";

/// The times of a container's files are its own.
constexpr std::int64_t any_time = std::numeric_limits<std::int64_t>::max();

store::Key unpacked_key(const oci::Layer& layer, const std::string& id, bool is_public) {
    return crypto::sha256(fmt::format(
        "unpacked container layer {}\n{}\n{}\n{}\n",
        layers_version,
        id,
        layer.blob.digest.hex(),
        is_public ? "public" : "private"));
}

store::Key saved_key(
    const ContainerInput& container, naming::ArchiveFormat format, const std::string& file_name) {
    return crypto::sha256(fmt::format(
        "saved container {}\n{}\n{}\n{}\n{}\n",
        layers_version,
        container.image.manifest.digest.hex(),
        static_cast<int>(format),
        container.name,
        file_name));
}

} // namespace

ContainerLayers::ContainerLayers(
    const ContainerInput& container,
    const store::Store& store,
    root::LayerDriver& driver,
    const base::Context& context)
    : container_(container)
    , store_(store)
    , driver_(driver)
    , context_(context) {}

ContainerLayers::Unpacked ContainerLayers::unpack(const oci::StorageLayer& layer, bool is_public) {
    const store::Key key = unpacked_key(layer.layer, layer.chain.back(), is_public);
    const auto record = store_.find_record(facts_record, key);
    if (record && store_.find_layer_content(key, context_)) {
        if (auto facts = oci::facts_from_text(*record)) {
            return {key, std::move(*facts)};
        }
    }
    const std::size_t index = layer.chain.size() - 1;
    if (!fetch_) {
        first_fetched_ = index;
        fetch_.emplace(
            *container_.source,
            store_,
            oci::layer_blobs(container_.image, first_fetched_),
            "unpacking " + container_.image.reference,
            context_);
    }
    const oci::StorageOptions options{.place = "", .is_public = is_public, .limits = {}};
    const std::unique_ptr<root::WorkingRoot> root = driver_.open({}, {}, context_);
    oci::make_storage_directories(root->root(), options);
    const oci::LayerInput input =
        oci::layer_inputs(container_.image, *fetch_, first_fetched_).at(index - first_fetched_);
    const oci::WrittenLayer written = oci::write_storage_layer(
        root->root(), options, layer, input, lower_layers(layer, is_public), context_);
    for (const tree::Entry& device : written.devices) {
        root->record_device(device);
    }
    // Before the layer: whoever finds that finds its facts.
    store_.put_record(facts_record, key, oci::to_text(written.facts));
    root->commit(key, input.name + ", unpacked", any_time, context_);
    return {key, written.facts};
}

std::vector<root::Root>
ContainerLayers::lower_layers(const oci::StorageLayer& layer, bool is_public) const {
    std::vector<root::Root> layers;
    for (std::size_t i = layer.chain.size() - 1; i > 0; --i) {
        const std::string& id = layer.chain[i - 1];
        const store::Key key = unpacked_key(container_.image.layers[i - 1], id, is_public);
        const auto content = store_.find_layer_content(key, context_);
        if (!content) {
            throw base::Error(
                fmt::format("the store {} has no usable layer {}", store_.path(), key.hex()));
        }
        layers.push_back(root::Root::open(base::join_path(*content, "overlay/" + id + "/diff")));
    }
    return layers;
}

store::Key ContainerLayers::save(naming::ArchiveFormat format, const std::string& file_name) {
    const store::Key key = saved_key(container_, format, file_name);
    if (store_.find_layer_content(key, context_)) {
        return key;
    }
    pull_layers(container_, store_, context_);
    const std::unique_ptr<root::WorkingRoot> root = driver_.open({}, {}, context_);
    oci::write_image(
        container_.image, format, {root->root(), file_name, container_.name}, store_, context_);
    // As old as the image: a build's time would make another file of it each time.
    const std::int64_t created =
        base::parse_rfc3339(container_.image.parsed_config.created).value_or(0);
    root->commit(
        key,
        container_.image.reference + ", saved as " + file_name,
        std::max<std::int64_t>(created, 0),
        context_);
    return key;
}

void pull_layers(
    const ContainerInput& container, const store::Store& store, const base::Context& context) {
    oci::BlobFetch(
        *container.source,
        store,
        oci::layer_blobs(container.image),
        "pulling " + container.image.reference,
        context)
        .wait();
}

bool is_unpacked_and_saved(
    const ContainerInput& container, const store::Store& store, const base::Context& context) {
    const description::Container& wish = container.wish;
    if (!container.save_path.empty()) {
        const std::string name = container.save_path.substr(container.save_path.rfind('/') + 1);
        if (!store.find_layer_content(saved_key(container, container.format, name), context)) {
            return false;
        }
    }
    if (!wish.preload) {
        return true;
    }
    const std::vector<std::string> ids = oci::storage_layer_ids(container.image);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const store::Key key =
            unpacked_key(container.image.layers[i], ids[i], wish.preload_to == "imagestore");
        if (!store.find_layer_content(key, context)) {
            return false;
        }
    }
    return true;
}

} // namespace imgbuild::build
