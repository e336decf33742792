// SPDX-License-Identifier: Apache-2.0
#include "compress/zstd_decoder.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <new>
#include <utility>

namespace imgbuild::compress {

namespace {

class ZstdDecoder final : public StreamDecoder {
public:
    explicit ZstdDecoder(InputWindow input)
        : input_(std::move(input))
        , state_(ZSTD_createDStream()) {
        if (!state_) {
            throw std::bad_alloc();
        }
        (void)ZSTD_initDStream(state_.get());
    }

    Codec codec() const override { return Codec::zstd; }

    std::size_t read(std::span<std::byte> buffer) override {
        ZSTD_outBuffer out = {buffer.data(), buffer.size(), 0};
        while (out.pos < out.size) {
            const bool has_input = input_.fill();
            if (!has_input && frame_is_complete_) {
                break;
            }
            const std::span<std::byte> bytes = input_.bytes();
            ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
            const std::size_t before = out.pos;
            const std::size_t result = ZSTD_decompressStream(state_.get(), &out, &in);
            if (ZSTD_isError(result) != 0) {
                throw base::Error(fmt::format(
                    "{}: the zstd stream is damaged or followed by other bytes: {}",
                    input_.name(),
                    ZSTD_getErrorName(result)));
            }
            input_.consume(in.pos);
            frame_is_complete_ = result == 0;
            if (!has_input && !frame_is_complete_ && out.pos == before) {
                throw base::Error(fmt::format("{}: the zstd stream is cut short", input_.name()));
            }
        }
        return out.pos;
    }

private:
    InputWindow input_;
    std::unique_ptr<ZSTD_DStream, base::Deleter<ZSTD_freeDStream>> state_;
    bool frame_is_complete_ = true;
};

} // namespace

std::unique_ptr<StreamDecoder> make_zstd_decoder(InputWindow input) {
    return std::make_unique<ZstdDecoder>(std::move(input));
}

} // namespace imgbuild::compress
