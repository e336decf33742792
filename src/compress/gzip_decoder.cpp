// SPDX-License-Identifier: Apache-2.0
#include "compress/gzip_decoder.hpp"

#include "base/error.hpp"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace imgbuild::compress {

namespace {

class GzipDecoder final : public StreamDecoder {
public:
    explicit GzipDecoder(InputWindow input)
        : input_(std::move(input))
        , state_(std::make_unique<inflate_state>()) {
        isal_inflate_init(state_.get());
        state_->crc_flag = ISAL_GZIP;
    }

    Codec codec() const override { return Codec::gzip; }

    std::size_t read(std::span<std::byte> buffer) override {
        std::size_t done = 0;
        while (done < buffer.size() && !at_end_) {
            // Without input the decoder may still hold decoded bytes that found no room before.
            const bool has_input = input_.fill();
            const std::size_t made = step(buffer.subspan(done));
            done += made;
            if (state_->block_state == ISAL_BLOCK_FINISH) {
                start_next_member();
            } else if (made == 0 && !has_input) {
                throw base::Error(fmt::format("{}: the gzip stream is cut short", input_.name()));
            }
        }
        return done;
    }

private:
    std::size_t step(std::span<std::byte> room) {
        const std::span<std::byte> bytes = input_.bytes();
        state_->next_in = reinterpret_cast<std::uint8_t*>(bytes.data());
        state_->avail_in = static_cast<std::uint32_t>(bytes.size());
        state_->next_out = reinterpret_cast<std::uint8_t*>(room.data());
        const std::size_t most = std::numeric_limits<std::uint32_t>::max() / 2;
        const auto offered = static_cast<std::uint32_t>(std::min(room.size(), most));
        state_->avail_out = offered;
        const int result = isal_inflate(state_.get());
        input_.consume(bytes.size() - state_->avail_in);
        if (result == ISAL_INCORRECT_CHECKSUM) {
            throw base::Error(
                fmt::format("{}: a checksum of the gzip stream is wrong", input_.name()));
        }
        if (result != ISAL_DECOMP_OK && result != ISAL_END_INPUT && result != ISAL_OUT_OVERFLOW) {
            throw base::Error(fmt::format("{}: the gzip stream is damaged", input_.name()));
        }
        return offered - state_->avail_out;
    }

    void start_next_member() {
        bool has_padding = false;
        while (input_.fill() && input_.bytes().front() == std::byte{0}) {
            has_padding = true;
            input_.consume(1);
        }
        if (!input_.fill()) {
            at_end_ = true;
            return;
        }
        (void)input_.fill(3);
        if (has_padding || codec_of(input_.bytes()) != Codec::gzip) {
            throw base::Error(fmt::format("{}: other bytes follow the gzip stream", input_.name()));
        }
        isal_inflate_reset(state_.get());
        state_->crc_flag = ISAL_GZIP;
    }

    InputWindow input_;
    std::unique_ptr<inflate_state> state_;
    bool at_end_ = false;
};

} // namespace

std::unique_ptr<StreamDecoder> make_gzip_decoder(InputWindow input) {
    return std::make_unique<GzipDecoder>(std::move(input));
}

} // namespace imgbuild::compress
