// SPDX-License-Identifier: Apache-2.0
#include "archive/decompressor.hpp"

#include "archive/handle.hpp"
#include "base/error.hpp"

#include <archive.h>
#include <fmt/format.h>

#include <utility>
#include <vector>

namespace imgbuild::archive {

class Decompressor::State {
public:
    State(Source source, std::string name)
        : handle_(std::move(source), std::move(name), Content::raw) {
        const BytesLocale locale;
        archive_entry* entry = nullptr;
        const int result = archive_read_next_header(handle_.get(), &entry);
        is_empty_ = result == ARCHIVE_EOF;
        if (!is_empty_) {
            check(result);
        }
    }

    std::size_t read(std::span<std::byte> buffer) {
        if (is_empty_) {
            return 0;
        }
        const BytesLocale locale;
        const la_ssize_t got = archive_read_data(handle_.get(), buffer.data(), buffer.size());
        check(got);
        return static_cast<std::size_t>(got);
    }

private:
    void check(la_ssize_t result) {
        if (result < 0) {
            handle_.rethrow();
            throw base::Error(
                fmt::format("{} is damaged or cut short: {}", handle_.name(), handle_.cause()));
        }
    }

    Handle handle_;
    bool is_empty_ = false;
};

Decompressor::Decompressor(Source source, std::string name)
    : state_(std::make_unique<State>(std::move(source), std::move(name))) {}

Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;

std::size_t Decompressor::read(std::span<std::byte> buffer) {
    return state_->read(buffer);
}

std::string read_all(Decompressor& stream, std::size_t limit, const std::string& name) {
    std::string content;
    std::vector<std::byte> buffer(std::size_t{1} << 16U);
    while (const std::size_t got = stream.read(buffer)) {
        if (got > limit - content.size()) {
            throw base::Error(fmt::format("{} holds more than {} bytes", name, limit));
        }
        content.append(reinterpret_cast<const char*>(buffer.data()), got);
    }
    return content;
}

std::string decompress_file(const std::string& path, std::size_t limit) {
    Decompressor stream(file_source(path), path);
    return read_all(stream, limit, path);
}

} // namespace imgbuild::archive
