// SPDX-License-Identifier: Apache-2.0
#include "oci/kept_layer.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

namespace imgbuild::oci {

std::unique_ptr<KeptLayer> KeptLayer::find(
    const store::Store& store, const crypto::Digest& diff_id, const base::Context& context) {
    const std::optional<std::string> path = store.find_expanded(diff_id, context);
    return path ? std::unique_ptr<KeptLayer>(new KeptLayer(*path)) : nullptr;
}

KeptLayer::KeptLayer(const std::string& path) {
    const base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_RDONLY);
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0) {
        base::throw_errno(fmt::format("looking at {}", path));
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
    if (memory == MAP_FAILED) {
        base::throw_errno(fmt::format("reading {}", path));
    }
    bytes_ = {static_cast<const std::byte*>(memory), size};
}

KeptLayer::~KeptLayer() {
    ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

std::span<const std::byte> KeptLayer::next_piece() {
    // Not all at once: between pieces somebody may ask to stop.
    constexpr std::size_t piece_size = std::size_t{4} << 20U;
    // The seal is no part of the layer.
    const std::size_t end = bytes_.size() - store::seal_size;
    const std::span<const std::byte> piece =
        bytes_.subspan(position_, std::min(piece_size, end - position_));
    position_ += piece.size();
    return piece;
}

} // namespace imgbuild::oci
