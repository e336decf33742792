// SPDX-License-Identifier: Apache-2.0
#include "compress/libdeflate_encoder.hpp"

#include "base/deleter.hpp"
#include "compress/deflate_walk.hpp"
#include "compress/last_block_search.hpp"

#include <libdeflate.h>

#include <new>
#include <optional>

namespace imgbuild::compress {

namespace {

/// Makes a complete stream one that goes on, and fills it up to a byte.
/// @param content what the stream decompresses to.
void reopen_stream(std::string& stream, std::span<const std::byte> content) {
    const auto bytes = std::as_bytes(std::span(stream));
    const std::optional<LastBlock> found = search_last_block(bytes, content);
    const LastBlock last = found ? *found : find_last_block(bytes);
    char& byte = stream[static_cast<std::size_t>(last.final_bit / 8)];
    byte = static_cast<char>(
        static_cast<unsigned char>(byte) & ~(1U << static_cast<unsigned>(last.final_bit % 8)));
    // An empty stored block: three bits, which the last byte may have room for (it is filled up with
    // zeros), the rest of that byte, then its length and the length inverted.
    const std::uint64_t free_bits = stream.size() * 8 - last.end;
    stream.append(free_bits < 3 ? 1 : 0, '\0');
    stream.append({'\0', '\0', '\xff', '\xff'});
}

class LibdeflateEncoder final : public DeflateEncoder {
public:
    explicit LibdeflateEncoder(int level)
        : compressor_(libdeflate_alloc_compressor(level)) {
        if (!compressor_) {
            throw std::bad_alloc();
        }
    }

    std::string encode(std::span<const std::byte> input) override {
        // The room that is never too small: no result depends on how much there is.
        const std::size_t bound =
            libdeflate_deflate_compress_bound(compressor_.get(), input.size());
        if (room_.size() < bound) {
            room_.resize(bound);
        }
        const std::size_t size = libdeflate_deflate_compress(
            compressor_.get(), input.data(), input.size(), room_.data(), bound);
        std::string output(room_, 0, size);
        reopen_stream(output, input);
        return output;
    }

private:
    std::unique_ptr<libdeflate_compressor, base::Deleter<libdeflate_free_compressor>> compressor_;
    /// Kept between pieces: fresh memory of this size costs more than copying the result out of it.
    std::string room_;
};

} // namespace

std::unique_ptr<DeflateEncoder> make_libdeflate_encoder(int level) {
    return std::make_unique<LibdeflateEncoder>(level);
}

} // namespace imgbuild::compress
