// SPDX-License-Identifier: Apache-2.0
#include "oci/storage_writer.hpp"

#include "base/cancel.hpp"
#include "base/text.hpp"
#include "oci/hidden_entries.hpp"
#include "oci/storage_records.hpp"
#include "oci/tar_split.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <utility>

namespace imgbuild::oci {

namespace {

constexpr const char* layer_list = "overlay-layers/layers.json";
constexpr const char* image_list = "overlay-images/images.json";

/// The short name of a layer's directory: mount options have little room. Storage draws 26 random letters
/// of base 32; ours come from the layer, so that the same image gives the same bytes.
std::string short_name(const std::string& id) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const crypto::Digest digest = crypto::sha256("short name of " + id);
    std::string name;
    for (std::size_t i = 0; i < 26; ++i) {
        name += letters[digest.bytes[i] % letters.size()];
    }
    return name;
}

} // namespace

std::vector<std::string> storage_layer_ids(const PinnedImage& image) {
    std::vector<std::string> ids;
    for (const Layer& layer : image.layers) {
        const std::string diff_id = layer.diff_id.hex();
        ids.push_back(ids.empty() ? diff_id : crypto::sha256(ids.back() + "+" + diff_id).hex());
    }
    return ids;
}

StorageWriter::StorageWriter(
    const root::Root& root, StorageOptions options, const base::Context& context)
    : root_(root)
    , options_(std::move(options))
    , context_(context) {
    layers_ = checked_list(root_.try_read(path(layer_list)).value_or(""), path(layer_list));
    images_ = checked_list(root_.try_read(path(image_list)).value_or(""), path(image_list));
    const std::size_t slash = options_.place.rfind('/');
    if (slash != std::string::npos && slash > 0) {
        root_.make_directories(options_.place.substr(0, slash), {0755, 0, 0});
    }
    for (const char* const directory :
         {"", "overlay", "overlay/l", "overlay-layers", "overlay-images"}) {
        make_directory(directory);
    }
    // Read-only stores can't make them.
    for (const char* const lock :
         {"storage.lock", "overlay-layers/layers.lock", "overlay-images/images.lock"}) {
        if (!root_.exists(path(lock))) {
            write(lock, "");
        }
    }
}

std::string StorageWriter::path(const std::string& below) const {
    return below.empty() ? options_.place : options_.place + "/" + below;
}

void StorageWriter::make_directory(const std::string& below) const {
    root_.make_directory(path(below), {options_.is_public ? 0755U : 0700U, 0, 0});
}

void StorageWriter::write(const std::string& below, std::string_view content) const {
    root_.write(path(below), content, {options_.is_public ? 0644U : 0600U, 0, 0});
}

void StorageWriter::add(
    const PinnedImage& image,
    const std::vector<LayerInput>& layers,
    const std::vector<std::string>& names) {
    const std::vector<std::string> ids = storage_layer_ids(image);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (has_layer(layers_, ids[i])) {
            ++result_.shared_layers;
            continue;
        }
        base::throw_if_stopped(context_.stop);
        const std::vector<std::string> chain(
            ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        blaming_the_image([&] { add_layer(image.layers[i], layers[i], chain); });
        ++result_.new_layers;
    }
    const std::string directory = "overlay-images/" + image.id().hex();
    make_directory(directory);
    for (const auto& [name, document] : big_data(image)) {
        write(directory + "/" + big_data_file(name), document->bytes);
    }
    images_ = with_image(images_, image, ids.empty() ? "" : ids.back(), names);
}

/// @param chain the layer and those below it, the lowest first.
void StorageWriter::add_layer(
    const Layer& layer, const LayerInput& input, const std::vector<std::string>& chain) {
    const std::string& id = chain.back();
    const std::string directory = "overlay/" + id;
    // What a build that was interrupted left there is no layer.
    root_.remove(path(directory));
    make_directory(directory);
    root_.make_directory(path(directory + "/diff"), {0755, 0, 0});
    const auto open_diff = [&](const std::string& of) {
        const std::string place = path("overlay/" + of + "/diff");
        return root::Root(root_.open_file(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), place);
    };
    const root::Root diff = open_diff(id);
    diff.set_mtime("", {0, 0});

    TarSplit tar_split;
    LayerStream stream(input.open(), input.name, input.promise, context_.stop);
    archive::TarReader reader(stream, input.name, &tar_split);
    LayerApplier applier(diff, Whiteouts::keep, options_.limits, context_);
    const LayerResult result = applier.apply(reader);
    reader.drain();
    const LayerFacts facts = stream.finish();

    std::vector<root::Root> below;
    for (auto lower = chain.rbegin() + 1; lower != chain.rend(); ++lower) {
        below.push_back(open_diff(*lower));
    }
    give_lower_attributes(diff, below, result.implied);
    const auto record = [&](tree::Entry device) {
        device.path = path(directory + "/diff/" + device.path).substr(1);
        result_.devices.push_back(std::move(device));
    };
    for (const std::string& hidden : whiteouts_of(diff, below, result)) {
        record({.path = hidden, .type = tree::EntryType::char_device});
    }
    for (const tree::Entry& device : result.unmade_devices) {
        record(device);
    }
    write_links(chain);
    write("overlay-layers/" + id + ".tar-split.gz", tar_split.finish());
    layers_ = with_layer(
        layers_, id, chain.size() > 1 ? chain[chain.size() - 2] : "", layer, facts, result);
}

void StorageWriter::write_links(const std::vector<std::string>& chain) const {
    const std::string directory = "overlay/" + chain.back();
    make_directory(directory + "/work");
    write(directory + "/link", short_name(chain.back()));
    root_.make_symlink(
        path("overlay/l/" + short_name(chain.back())), "../" + chain.back() + "/diff");
    if (chain.size() == 1) {
        make_directory(directory + "/empty");
        return;
    }
    std::vector<std::string> lower;
    for (auto id = chain.rbegin() + 1; id != chain.rend(); ++id) {
        lower.push_back("l/" + short_name(*id));
    }
    write(directory + "/lower", base::join(lower, ":"));
}

StorageResult StorageWriter::finish() {
    write(layer_list, layers_);
    write(image_list, images_);
    return std::move(result_);
}

} // namespace imgbuild::oci
