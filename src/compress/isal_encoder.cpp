// SPDX-License-Identifier: Apache-2.0
#include "compress/isal_encoder.hpp"

#include "base/error.hpp"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <vector>

namespace imgbuild::compress {

namespace {

/// Room behind what the input's size alone would need: headers of stored blocks and the flush.
constexpr std::size_t expansion(std::size_t size) {
    return size / 1024 + 4096;
}

class IsalEncoder final : public DeflateEncoder {
public:
    explicit IsalEncoder(unsigned level)
        : level_(level)
        , buffer_(level == 1 ? ISAL_DEF_LVL1_DEFAULT : ISAL_DEF_LVL2_DEFAULT) {}

    std::string encode(std::span<const std::byte> input) override {
        const std::size_t bound = input.size() + expansion(input.size());
        if (room_.size() < bound) {
            room_.resize(bound);
        }
        isal_zstream stream = {};
        isal_deflate_stateless_init(&stream);
        stream.level = level_;
        stream.level_buf = buffer_.data();
        stream.level_buf_size = static_cast<std::uint32_t>(buffer_.size());
        stream.flush = FULL_FLUSH;
        stream.end_of_stream = 0;
        // The library does not write to its input; its structure has no const.
        stream.next_in = const_cast<std::uint8_t*>( // NOLINT(*-const-cast)
            reinterpret_cast<const std::uint8_t*>(input.data()));
        stream.avail_in = static_cast<std::uint32_t>(input.size());
        stream.next_out = reinterpret_cast<std::uint8_t*>(room_.data());
        stream.avail_out = static_cast<std::uint32_t>(bound);
        const int result = isal_deflate_stateless(&stream);
        if (result != COMP_OK || stream.avail_in != 0) {
            throw base::Error(fmt::format("compressing a chunk: ISA-L returned {}", result));
        }
        return {room_, 0, stream.total_out};
    }

private:
    unsigned level_;
    /// The library's tables.
    std::vector<std::uint8_t> buffer_;
    /// Kept between pieces: fresh memory of this size costs more than copying the result out of it.
    std::string room_;
};

} // namespace

std::unique_ptr<DeflateEncoder> make_isal_encoder(unsigned level) {
    return std::make_unique<IsalEncoder>(level);
}

} // namespace imgbuild::compress
