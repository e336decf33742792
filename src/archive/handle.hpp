// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "archive/reader.hpp"
#include "base/error.hpp"
#include "compress/stream_decoder.hpp"

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct archive;

namespace imgbuild::archive {

struct FreeArchive {
    void operator()(::archive* handle) const noexcept;
};

/// What an open archive may be.
enum class Content {
    /// tar, cpio or ar.
    archive,
    /// One stream without any structure.
    raw,
};

/// Compressed bytes that are damaged; the message lacks the archive's name.
class Defect : public base::ErrorKind<Defect> {
public:
    using ErrorKind::ErrorKind;
};

/// libarchive's reader on a Source. Its address is libarchive's callback data, so it stays in place.
class Handle {
public:
    Handle(Source source, std::string name, Content content);
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    Handle(Handle&&) = delete;
    Handle& operator=(Handle&&) = delete;
    ~Handle() = default;

    ::archive* get() const noexcept { return handle_.get(); }

    const std::string& name() const noexcept { return name_; }

    /// Throws what the source threw, if it did, during the last call.
    void rethrow();

    /// What failed, in libarchive's words or those of the decoder.
    std::string cause() const;

    /// Reads what follows the archive's end: a checksum may stand there.
    /// @throws Defect if that is damaged; whatever the source throws.
    void drain();

    bool is_compressed() const;

    /// True if the source was read to its end and that end is not all zeros.
    bool ends_abruptly() const;

private:
    [[noreturn]] void fail_at_start(Content content) const;
    static std::ptrdiff_t read_callback(::archive* handle, void* self, const void** bytes) noexcept;
    std::ptrdiff_t fill(const void** bytes);
    /// @throws Defect if the compressed bytes are damaged.
    std::size_t decode();

    std::string name_;
    /// The source threw: that is no defect of the archive.
    bool source_failed_ = false;
    /// libarchive passes over gzip's checksums, so what is compressed that way never gets to it.
    std::unique_ptr<compress::StreamDecoder> decoder_;
    /// What is wrong with the bytes behind those that `decode` gave last.
    std::optional<std::string> defect_;
    std::vector<std::byte> buffer_;
    std::array<std::byte, 512> tail_ = {};
    bool at_end_ = false;
    std::exception_ptr failure_;
    // Last: it may call back while it is closed.
    std::unique_ptr<::archive, FreeArchive> handle_;
};

/// While it lives, this thread's calls see the "C" locale: libarchive would otherwise convert names to
/// the locale's character set, and lose those that don't fit. Names are bytes to us.
class BytesLocale {
public:
    BytesLocale();
    BytesLocale(const BytesLocale&) = delete;
    BytesLocale& operator=(const BytesLocale&) = delete;
    ~BytesLocale();

private:
    void* previous_;
};

/// Reads a host's file.
Source file_source(const std::string& path);

} // namespace imgbuild::archive
