// SPDX-License-Identifier: Apache-2.0
#include "oci/tar_writer.hpp"

#include "archive/tar_header.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace imgbuild::oci {

namespace {

void put(std::string& block, std::size_t at, std::string_view text) {
    block.replace(at, text.size(), text);
}

/// Octal where it fits, else base 256, which every reader knows.
std::string size_field(std::uint64_t size) {
    constexpr std::uint64_t most_octal = 077777777777;
    if (size <= most_octal) {
        return fmt::format("{:011o}", size);
    }
    std::string field(12, '\0');
    for (std::size_t i = field.size(); i > 4; --i) {
        field[i - 1] = static_cast<char>(size & 0xFFU);
        size >>= 8U;
    }
    field.front() = static_cast<char>(0x80);
    return field;
}

} // namespace

std::string
TarWriter::header(const std::string& name, char type, unsigned mode, std::uint64_t size) {
    if (name.size() > 100) {
        throw std::logic_error("a name in an image's archive is too long");
    }
    std::string block(archive::tar_block, '\0');
    put(block, 0, name);
    put(block, 100, fmt::format("{:07o}", mode));
    put(block, 108, "0000000");
    put(block, 116, "0000000");
    put(block, 124, size_field(size));
    put(block, 136, "00000000000");
    put(block, 148, "        ");
    block[156] = type;
    put(block, 257, std::string_view("ustar\00000", 8));
    unsigned sum = 0;
    for (const char c : block) {
        sum += static_cast<unsigned char>(c);
    }
    put(block, 148, fmt::format("{:06o}", sum));
    block[154] = '\0';
    return block;
}

TarWriter::TarWriter(Write write)
    : write_(std::move(write)) {}

void TarWriter::write(std::string_view text) const {
    write_(std::as_bytes(std::span(text)));
}

void TarWriter::add_directory(const std::string& name) {
    write(header(name, '5', 0755, 0));
}

void TarWriter::add_file(const std::string& name, std::string_view content) {
    begin_file(name, content.size());
    add_content(std::as_bytes(std::span(content)));
    end_file();
}

void TarWriter::begin_file(const std::string& name, std::uint64_t size) {
    write(header(name, '0', 0644, size));
    content_ = 0;
}

void TarWriter::add_content(std::span<const std::byte> bytes) {
    content_ += bytes.size();
    write_(bytes);
}

void TarWriter::end_file() {
    const std::size_t rest = content_ % archive::tar_block;
    if (rest != 0) {
        write(std::string(archive::tar_block - rest, '\0'));
    }
}

void TarWriter::finish() {
    write(std::string(2 * archive::tar_block, '\0'));
}

} // namespace imgbuild::oci
