// SPDX-License-Identifier: Apache-2.0
#include "oci/tar_split.hpp"

#include "base/base64.hpp"
#include "compress/crc32.hpp"
#include "compress/crc64.hpp"
#include "compress/gzip_member.hpp"
#include "json/json.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgbuild::oci {

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20U;

/// The eight bytes of the number, the highest first.
std::string big_endian(std::uint64_t number) {
    std::string bytes;
    for (unsigned shift = 64; shift > 0; shift -= 8) {
        bytes += static_cast<char>((number >> (shift - 8)) & 0xFFU);
    }
    return bytes;
}

/// Names are any bytes; those that are no UTF-8 go into another member.
void add_name(json::Value& line, const std::string& name) {
    try {
        (void)json::Value(name).dump();
        line["name"] = name;
    } catch (const json::Value::type_error&) {
        line["name_raw"] = base::base64_encode(name);
    }
}

} // namespace

TarSplit::TarSplit()
    : encoder_(compress::make_deflate_encoder(compress::DeflateEffort::standard)) {}

void TarSplit::on_framing(std::span<const std::byte> bytes) {
    end_entry();
    framing_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (framing_.size() >= most_framing) {
        end_framing();
    }
}

void TarSplit::on_entry(const std::string& name, std::uint64_t stored) {
    end_entry();
    end_framing();
    name_ = name;
    stored_ = stored;
    checksum_ = 0;
    in_entry_ = true;
}

void TarSplit::on_content(std::span<const std::byte> bytes) {
    checksum_ = compress::crc64_iso(checksum_, bytes);
}

void TarSplit::end_framing() {
    if (framing_.empty()) {
        return;
    }
    add_line(fmt::format(
        R"({{"type":2,"payload":"{}","position":{}}})",
        base::base64_encode(std::exchange(framing_, {})),
        position_));
}

void TarSplit::end_entry() {
    if (!std::exchange(in_entry_, false)) {
        return;
    }
    json::Value line = {{"type", 1}};
    add_name(line, name_);
    if (stored_ > 0) {
        line["size"] = stored_;
        line["payload"] = base::base64_encode(big_endian(checksum_));
    } else {
        line["payload"] = nullptr;
    }
    line["position"] = position_;
    add_line(line.dump());
}

void TarSplit::add_line(const std::string& line) {
    ++position_;
    lines_ += line;
    lines_ += '\n';
    if (lines_.size() >= piece_size) {
        encode();
    }
}

void TarSplit::encode() {
    if (lines_.empty()) {
        return;
    }
    const auto bytes = std::as_bytes(std::span(lines_));
    compressed_ += encoder_->encode(bytes);
    lines_checksum_ = compress::join_crc32(lines_checksum_, compress::crc32(bytes), lines_.size());
    lines_size_ += lines_.size();
    lines_.clear();
}

std::string TarSplit::finish() {
    end_entry();
    end_framing();
    encode();
    return compress::gzip_header() + compressed_ + compress::gzip_end(lines_checksum_, lines_size_);
}

} // namespace imgbuild::oci
