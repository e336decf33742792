// SPDX-License-Identifier: Apache-2.0
#include "oci/apply_layers.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace imgbuild::oci {

namespace {

std::unique_ptr<LayerStream> start(const LayerInput& layer, const base::Context& context) {
    return std::make_unique<LayerStream>(layer.open(), layer.name, layer.promise, context.stop);
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

std::vector<LayerFacts> apply_layers(
    const std::vector<LayerInput>& layers,
    const root::Root& root,
    const LayerLimits& limits,
    const base::Context& context) {
    std::vector<LayerFacts> facts;
    LayerApplier applier(root, Whiteouts::remove, limits, context);
    std::unique_ptr<LayerStream> next;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::unique_ptr<LayerStream> stream =
            next ? std::move(next) : start(layers[i], context);
        if (i + 1 < layers.size()) {
            next = start(layers[i + 1], context);
        }
        blaming_the_image([&] {
            archive::TarReader reader(*stream, layers[i].name);
            const LayerResult result = applier.apply(reader);
            reader.drain();
            facts.push_back(stream->finish());
            report_unmade(result.unmade_devices, context.reporter);
        });
    }
    return facts;
}

std::vector<LayerFacts> unpack_layers(
    const std::vector<LayerInput>& layers,
    UnpackPlace& place,
    const LayerLimits& limits,
    const base::Context& context) {
    std::vector<LayerFacts> facts = apply_layers(layers, place.root(), limits, context);
    place.publish();
    return facts;
}

} // namespace imgbuild::oci
