// SPDX-License-Identifier: Apache-2.0
#include "oci/kept_layer.hpp"

#include <algorithm>
#include <optional>

namespace imgbuild::oci {

std::unique_ptr<KeptLayer> KeptLayer::find(
    const store::Store& store, const crypto::Digest& diff_id, const base::Context& context) {
    const std::optional<std::string> path = store.find_expanded(diff_id, context);
    return path ? std::unique_ptr<KeptLayer>(new KeptLayer(*path)) : nullptr;
}

std::span<const std::byte> KeptLayer::next_piece() {
    // Not all at once: between pieces somebody may ask to stop.
    constexpr std::size_t piece_size = std::size_t{4} << 20U;
    // The seal is no part of the layer.
    const std::span<const std::byte> layer =
        file_.bytes().first(file_.bytes().size() - store::seal_size);
    const std::span<const std::byte> piece =
        layer.subspan(position_, std::min(piece_size, layer.size() - position_));
    position_ += piece.size();
    return piece;
}

} // namespace imgbuild::oci
