// SPDX-License-Identifier: Apache-2.0
#include "compress/stream_decoder.hpp"

#include "compress/gzip_decoder.hpp"
#include "compress/input_window.hpp"
#include "compress/zstd_decoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace imgbuild::compress {

namespace {

class PlainStream final : public StreamDecoder {
public:
    explicit PlainStream(InputWindow input)
        : input_(std::move(input)) {}

    Codec codec() const override { return Codec::none; }

    std::size_t read(std::span<std::byte> buffer) override {
        std::size_t done = 0;
        while (done < buffer.size() && input_.fill()) {
            const std::size_t size = std::min(buffer.size() - done, input_.bytes().size());
            std::memcpy(buffer.data() + done, input_.bytes().data(), size);
            input_.consume(size);
            done += size;
        }
        return done;
    }

private:
    InputWindow input_;
};

bool begins_with(std::span<const std::byte> bytes, std::string_view magic) {
    return bytes.size() >= magic.size() &&
           std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

} // namespace

std::string_view name_of(Codec codec) {
    switch (codec) {
    case Codec::gzip:
        return "gzip";
    case Codec::zstd:
        return "zstd";
    default:
        return "uncompressed";
    }
}

Codec codec_of(std::span<const std::byte> first_bytes) {
    if (begins_with(first_bytes, "\x1f\x8b\x08")) {
        return Codec::gzip;
    }
    // A stream may start with a skippable frame; sixteen magic numbers are reserved for these.
    const bool is_skippable = first_bytes.size() >= 4 &&
                              begins_with(first_bytes.subspan(1), "*M\x18") &&
                              (first_bytes[0] & std::byte{0xF0}) == std::byte{0x50};
    if (is_skippable || begins_with(first_bytes, "\x28\xb5\x2f\xfd")) {
        return Codec::zstd;
    }
    return Codec::none;
}

std::unique_ptr<StreamDecoder> make_stream_decoder(ByteSource source, std::string name) {
    InputWindow input(std::move(source), std::move(name));
    (void)input.fill(4);
    switch (codec_of(input.bytes())) {
    case Codec::gzip:
        return make_gzip_decoder(std::move(input));
    case Codec::zstd:
        return make_zstd_decoder(std::move(input));
    default:
        return std::make_unique<PlainStream>(std::move(input));
    }
}

} // namespace imgbuild::compress
