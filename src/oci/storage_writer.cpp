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

/// The files of a storage below its place in a root.
class Storage {
public:
    Storage(const root::Root& root, const StorageOptions& options)
        : root_(root)
        , options_(options) {}

    std::string path(const std::string& below) const {
        return below.empty() ? options_.place : options_.place + "/" + below;
    }

    void make_directory(const std::string& below) const {
        root_.make_directory(path(below), {options_.is_public ? 0755U : 0700U, 0, 0});
    }

    void write(const std::string& below, std::string_view content) const {
        root_.write(path(below), content, {options_.is_public ? 0644U : 0600U, 0, 0});
    }

    /// A layer that podman unpacked has a short name that podman drew; it may have this one besides, by
    /// which the layers of ours above it call it.
    void make_short_name(const std::string& id) const {
        const std::string link = path("overlay/l/" + short_name(id));
        if (!root_.exists(link)) {
            root_.make_symlink(link, "../" + id + "/diff");
        }
    }

    void write_links(const std::vector<std::string>& chain) const {
        const std::string directory = "overlay/" + chain.back();
        make_directory(directory + "/work");
        write(directory + "/link", short_name(chain.back()));
        make_short_name(chain.back());
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

    /// The same layer is the same, whenever it was unpacked.
    void set_no_time(const std::string& id) const {
        const std::string directory = "overlay/" + id;
        for (const std::string& below :
             {directory + "/work",
              directory + "/link",
              directory + "/lower",
              directory + "/empty",
              directory,
              "overlay/l/" + short_name(id),
              "overlay-layers/" + id + ".tar-split.gz"}) {
            if (root_.exists(path(below))) {
                root_.set_mtime(path(below), {0, 0});
            }
        }
    }

private:
    const root::Root& root_;
    const StorageOptions& options_;
};

} // namespace

std::vector<std::string> storage_layer_ids(const PinnedImage& image) {
    std::vector<std::string> ids;
    for (const Layer& layer : image.layers) {
        const std::string diff_id = layer.diff_id.hex();
        ids.push_back(ids.empty() ? diff_id : crypto::sha256(ids.back() + "+" + diff_id).hex());
    }
    return ids;
}

void make_storage_directories(const root::Root& root, const StorageOptions& options) {
    const Storage storage(root, options);
    const std::size_t slash = options.place.rfind('/');
    if (slash != std::string::npos && slash > 0) {
        root.make_directories(options.place.substr(0, slash), {0755, 0, 0});
    }
    if (!options.place.empty()) {
        storage.make_directory("");
    }
    for (const char* const directory :
         {"overlay", "overlay/l", "overlay-layers", "overlay-images"}) {
        storage.make_directory(directory);
    }
}

WrittenLayer write_storage_layer(
    const root::Root& root,
    const StorageOptions& options,
    const StorageLayer& layer,
    const LayerInput& input,
    const std::vector<root::Root>& below,
    const base::Context& context) {
    const Storage storage(root, options);
    const std::string& id = layer.chain.back();
    const std::string directory = "overlay/" + id;
    // What a build that was interrupted left there is no layer.
    root.remove(storage.path(directory));
    storage.make_directory(directory);
    const std::string place = storage.path(directory + "/diff");
    root.make_directory(place, {0755, 0, 0});
    const root::Root diff(root.open_file(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), place);
    diff.set_mtime("", {0, 0});

    WrittenLayer written;
    blaming_the_image([&] {
        TarSplit tar_split;
        LayerStream stream(input.open(), input.name, input.promise, context.stop);
        archive::TarReader reader(stream, input.name, &tar_split);
        const LayerResult result =
            LayerApplier(diff, Whiteouts::keep, options.limits, context).apply(reader);
        reader.drain();
        written.facts = {stream.finish(), result.uids, result.gids};
        give_lower_attributes(diff, below, result.implied);
        const auto record = [&](tree::Entry device) {
            device.path = place.substr(place.find_first_not_of('/')) + "/" + device.path;
            written.devices.push_back(std::move(device));
        };
        for (const std::string& hidden : whiteouts_of(diff, below, result)) {
            record({.path = hidden, .type = tree::EntryType::char_device});
        }
        for (const tree::Entry& device : result.unmade_devices) {
            record(device);
        }
        storage.write("overlay-layers/" + id + ".tar-split.gz", tar_split.finish());
    });
    storage.write_links(layer.chain);
    storage.set_no_time(id);
    return written;
}

StorageWriter::StorageWriter(
    const root::Root& root, StorageOptions options, const base::Context& context)
    : root_(root)
    , options_(std::move(options))
    , context_(context) {
    const auto read = [&](const std::string& list) {
        const std::string file = path(list);
        return checked_list(root_.try_read(file).value_or(""), file + " of the image");
    };
    layers_ = read(layer_list);
    images_ = read(image_list);
    make_storage_directories(root_, options_);
    // Read-only stores can't make them.
    for (const char* const lock :
         {"storage.lock", "overlay-layers/layers.lock", "overlay-images/images.lock"}) {
        if (!root_.exists(path(lock))) {
            Storage(root_, options_).write(lock, "");
        }
    }
}

std::string StorageWriter::path(const std::string& below) const {
    return Storage(root_, options_).path(below);
}

void StorageWriter::add(
    const PinnedImage& image, const BringLayer& bring, const std::vector<std::string>& names) {
    const Storage storage(root_, options_);
    const std::vector<std::string> ids = storage_layer_ids(image);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (has_layer(layers_, ids[i])) {
            storage.make_short_name(ids[i]);
            ++result_.shared_layers;
            continue;
        }
        base::throw_if_stopped(context_.stop);
        const StorageLayer layer{
            image.layers[i], {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i) + 1}};
        const StorageLayerFacts facts = bring(layer);
        layers_ = with_layer(layers_, layer, facts);
        ++result_.new_layers;
    }
    const std::string directory = "overlay-images/" + image.id().hex();
    storage.make_directory(directory);
    for (const auto& [name, document] : big_data(image)) {
        storage.write(directory + "/" + big_data_file(name), document->bytes);
    }
    images_ = with_image(images_, image, ids.empty() ? "" : ids.back(), names);
}

StorageResult StorageWriter::finish() {
    const Storage storage(root_, options_);
    storage.write(layer_list, layers_);
    storage.write(image_list, images_);
    return result_;
}

} // namespace imgbuild::oci
