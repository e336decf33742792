// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What container storage keeps beside an unpacked layer to be able to give the very same archive away
 * again: everything but the files' content, as gzip of JSON lines.
 */
#pragma once

#include "archive/tar_reader.hpp"
#include "compress/deflate_encoder.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace imgbuild::oci {

/// Not thread-safe.
class TarSplit final : public archive::TarObserver {
public:
    TarSplit();

    void on_framing(std::span<const std::byte> bytes) override;
    void on_entry(const std::string& name, std::uint64_t stored) override;
    void on_content(std::span<const std::byte> bytes) override;

    /// The whole record; called once, when all of the archive was read.
    std::string finish();

private:
    void end_framing();
    void end_entry();
    void add_line(const std::string& line);
    void encode();

    /// Entries seldom have more than a few blocks of headers between them; what follows an archive's
    /// end may be long.
    static constexpr std::size_t most_framing = std::size_t{1} << 16U;

    std::unique_ptr<compress::DeflateEncoder> encoder_;
    std::string framing_;
    std::string name_;
    std::uint64_t stored_ = 0;
    std::uint64_t checksum_ = 0;
    bool in_entry_ = false;
    std::uint64_t position_ = 0;
    /// Lines that are not compressed yet.
    std::string lines_;
    std::string compressed_;
    std::uint32_t lines_checksum_ = 0;
    std::uint64_t lines_size_ = 0;
};

} // namespace imgbuild::oci
