// SPDX-License-Identifier: Apache-2.0
#include "oci/image_layers.hpp"

#include <fmt/format.h>

#include <memory>

namespace imgbuild::oci {

std::vector<LayerInput>
layer_inputs(const PinnedImage& image, BlobFetch& fetch, std::size_t first) {
    std::vector<LayerInput> inputs;
    for (std::size_t i = first; i < image.layers.size(); ++i) {
        const Layer& layer = image.layers[i];
        LayerInput input;
        input.name = fmt::format("{}: layer {} of {}", image.reference, i + 1, image.layers.size());
        // The stream of a fetch checks the blob's digest itself.
        input.promise.size = layer.blob.size;
        input.promise.diff_id = layer.diff_id;
        input.promise.most_bytes = expansion_limit(layer.blob.size);
        input.open = [&fetch, number = i - first] {
            return [stream = std::shared_ptr<BlobStream>(fetch.open(number))](
                       std::span<std::byte> buffer) { return stream->read(buffer); };
        };
        inputs.push_back(std::move(input));
    }
    return inputs;
}

} // namespace imgbuild::oci
