// SPDX-License-Identifier: Apache-2.0
#include "oci/apply_layers.hpp"

#include "base/text.hpp"
#include "oci/kept_layer.hpp"
#include "root/file_finisher.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

namespace imgbuild::oci {

namespace {

std::unique_ptr<LayerStream> start(const LayerInput& layer, const base::Context& context) {
    std::optional<store::ExpandedWriter> copy;
    if (layer.kept_in != nullptr) {
        copy.emplace(layer.kept_in->new_expanded());
    }
    return std::make_unique<LayerStream>(
        layer.open(), layer.name, layer.promise, context.stop, std::move(copy));
}

/// The store's copies of those layers that it has decompressed; they are verified side by side.
std::vector<std::unique_ptr<KeptLayer>>
find_kept(const std::vector<LayerInput>& layers, const base::Context& context) {
    std::vector<std::unique_ptr<KeptLayer>> kept(layers.size());
    base::parallel_for(context.pool, context.stop, layers.size(), [&](std::size_t i) {
        if (layers[i].kept_in != nullptr && layers[i].promise.diff_id) {
            kept[i] = KeptLayer::find(*layers[i].kept_in, *layers[i].promise.diff_id, context);
        }
    });
    return kept;
}

/// It serves the next time only: not having it is worth a word, but no failure.
void keep(
    const LayerInput& layer,
    LayerStream& stream,
    const LayerFacts& facts,
    const base::Context& context) {
    try {
        if (std::optional<store::ExpandedWriter> copy = stream.take_copy()) {
            (void)layer.kept_in->publish_expanded(facts.diff_id, std::move(*copy));
        }
    } catch (const base::Error& error) {
        context.reporter.message(
            base::LogLevel::warning,
            fmt::format("{} is not kept decompressed: {}", layer.name, error.what()));
    }
}

/// Devices that belong to the image but that an ordinary user may not make.
void report_unmade(const std::vector<tree::Entry>& devices, base::Reporter& reporter) {
    for (const tree::Entry& device : devices) {
        reporter.message(
            base::LogLevel::warning,
            fmt::format(
                "the device /{} ({} {}:{}) is left out: only root may make it",
                base::printable(device.path),
                device.type == tree::EntryType::char_device ? "character" : "block",
                device.major,
                device.minor));
    }
}

} // namespace

LayerResult apply_layer(
    const LayerInput& layer,
    const root::Root& root,
    const LayerLimits& limits,
    const base::Context& context) {
    LayerResult result;
    blaming_the_image([&] {
        const std::unique_ptr<LayerStream> stream = start(layer, context);
        archive::TarReader reader(*stream, layer.name);
        result = LayerApplier(root, Whiteouts::remove, limits, context).apply(reader);
        reader.drain();
        (void)stream->finish();
    });
    return result;
}

void apply_layers(
    const std::vector<LayerInput>& layers,
    const root::Root& root,
    const LayerLimits& limits,
    const base::Context& context) {
    const std::vector<std::unique_ptr<KeptLayer>> kept = find_kept(layers, context);
    root::FileFinisher finisher(context.pool, context.reporter, context.stop);
    LayerApplier applier(root, Whiteouts::remove, limits, context);
    std::unique_ptr<LayerStream> next;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::unique_ptr<LayerStream> stream = next      ? std::move(next)
                                                    : kept[i] ? nullptr
                                                              : start(layers[i], context);
        if (i + 1 < layers.size() && !kept[i + 1]) {
            next = start(layers[i + 1], context);
        }
        blaming_the_image([&] {
            LayerResult result;
            if (kept[i]) {
                archive::TarReader reader(*kept[i], layers[i].name);
                result = applier.apply(reader, &finisher);
            } else {
                archive::TarReader reader(*stream, layers[i].name);
                result = applier.apply(reader);
                reader.drain();
                keep(layers[i], *stream, stream->finish(), context);
            }
            report_unmade(result.unmade_devices, context.reporter);
        });
    }
}

void unpack_layers(
    const std::vector<LayerInput>& layers,
    UnpackPlace& place,
    const LayerLimits& limits,
    const base::Context& context) {
    apply_layers(layers, place.root(), limits, context);
    place.publish();
}

} // namespace imgbuild::oci
