// SPDX-License-Identifier: Apache-2.0
#include "archive/handle.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <archive.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <locale.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <new>
#include <utility>

namespace imgbuild::archive {

namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18U;

void check_support(int result, const char* what) {
    // ARCHIVE_WARN: libarchive lacks the codec and would start a program of the host instead.
    if (result != ARCHIVE_OK) {
        throw base::Error(fmt::format("the installed libarchive can't read {}", what));
    }
}

void enable_formats(::archive* handle, Content content) {
    check_support(archive_read_support_filter_gzip(handle), "gzip");
    check_support(archive_read_support_filter_xz(handle), "xz");
    check_support(archive_read_support_filter_lzma(handle), "lzma");
    check_support(archive_read_support_filter_zstd(handle), "zstd");
    check_support(archive_read_support_filter_bzip2(handle), "bzip2");
    check_support(archive_read_support_filter_lz4(handle), "lz4");
    if (content == Content::raw) {
        check_support(archive_read_support_format_raw(handle), "raw data");
        check_support(archive_read_support_format_empty(handle), "empty files");
        return;
    }
    check_support(archive_read_support_format_tar(handle), "tar");
    check_support(archive_read_support_format_cpio(handle), "cpio");
    check_support(archive_read_support_format_ar(handle), "ar");
}

locale_t bytes_locale() {
    struct Owner {
        locale_t locale = ::newlocale(LC_ALL_MASK, "C", nullptr);

        Owner() = default;
        Owner(const Owner&) = delete;
        Owner& operator=(const Owner&) = delete;

        ~Owner() { ::freelocale(locale); }
    };

    static const Owner owner;
    return owner.locale;
}

} // namespace

void FreeArchive::operator()(::archive* handle) const noexcept {
    archive_read_free(handle);
}

Handle::Handle(Source source, std::string name, Content content)
    : name_(std::move(name))
    , buffer_(buffer_size)
    , handle_(archive_read_new()) {
    if (!handle_) {
        throw std::bad_alloc();
    }
    enable_formats(handle_.get(), content);
    decoder_ = compress::make_stream_decoder(
        [this, source = std::move(source)](std::span<std::byte> buffer) {
            source_failed_ = true;
            const std::size_t got = source(buffer);
            source_failed_ = false;
            return got;
        },
        name_);
    const BytesLocale locale;
    const int result = archive_read_open(handle_.get(), this, nullptr, read_callback, nullptr);
    rethrow();
    if (result != ARCHIVE_OK) {
        fail_at_start(content);
    }
}

void Handle::fail_at_start(Content content) const {
    const std::string why = cause();
    if (content == Content::archive && why == "Unrecognized archive format") {
        throw base::Error(fmt::format("{} is no archive", name_))
            .set_hint(
                "tar, cpio and ar are read, plain or compressed by gzip, xz, zstd, bzip2 or lz4");
    }
    throw base::Error(fmt::format("{} is damaged or cut short at its start: {}", name_, why))
        .set_hint("get or make it anew");
}

void Handle::rethrow() {
    if (failure_) {
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
}

std::string Handle::cause() const {
    const char* const text = archive_error_string(handle_.get());
    return text != nullptr ? text : "libarchive does not say why";
}

bool Handle::ends_abruptly() const {
    return at_end_ &&
           std::any_of(tail_.begin(), tail_.end(), [](std::byte b) { return b != std::byte{0}; });
}

std::ptrdiff_t Handle::read_callback(::archive* handle, void* self, const void** bytes) noexcept {
    auto* const me = static_cast<Handle*>(self);
    try {
        return me->fill(bytes);
    } catch (const Defect& defect) {
        archive_set_error(handle, EILSEQ, "%s", defect.what());
        return -1;
    } catch (...) {
        me->failure_ = std::current_exception();
        archive_set_error(handle, EIO, "reading failed");
        return -1;
    }
}

std::size_t Handle::decode() {
    if (defect_) {
        throw Defect(*defect_);
    }
    // What was decoded before a damaged place is good, and holds the last good entry.
    constexpr std::size_t piece = 4096;
    std::size_t done = 0;
    try {
        while (done < buffer_.size()) {
            const std::size_t room = std::min(piece, buffer_.size() - done);
            const std::size_t got = decoder_->read(std::span(buffer_).subspan(done, room));
            done += got;
            if (got < room) {
                break;
            }
        }
    } catch (const base::Error& error) {
        if (source_failed_) {
            throw;
        }
        const std::string prefix = name_ + ": ";
        const std::string& text = error.message();
        defect_ = text.starts_with(prefix) ? text.substr(prefix.size()) : text;
        if (done == 0) {
            throw Defect(*defect_);
        }
    }
    return done;
}

bool Handle::is_compressed() const {
    return decoder_->codec() != compress::Codec::none ||
           archive_filter_code(handle_.get(), 0) != ARCHIVE_FILTER_NONE;
}

void Handle::drain() {
    while (decode() > 0) {
    }
}

std::ptrdiff_t Handle::fill(const void** bytes) {
    const std::size_t got = decode();
    at_end_ = got == 0;
    *bytes = buffer_.data();
    const std::size_t kept = std::min(got, tail_.size());
    std::move(tail_.begin() + static_cast<std::ptrdiff_t>(kept), tail_.end(), tail_.begin());
    std::copy_n(
        buffer_.begin() + static_cast<std::ptrdiff_t>(got - kept),
        kept,
        tail_.end() - static_cast<std::ptrdiff_t>(kept));
    return static_cast<std::ptrdiff_t>(got);
}

BytesLocale::BytesLocale()
    : previous_(::uselocale(bytes_locale())) {}

BytesLocale::~BytesLocale() {
    ::uselocale(static_cast<locale_t>(previous_));
}

Source file_source(const std::string& path) {
    // A std::function is copyable, so what it owns is shared.
    const auto fd = std::make_shared<base::UniqueFd>(base::open_at(AT_FDCWD, path, O_RDONLY));
    return [fd, path](std::span<std::byte> buffer) {
        for (;;) {
            const ssize_t got = ::read(fd->get(), buffer.data(), buffer.size());
            if (got >= 0) {
                return static_cast<std::size_t>(got);
            }
            if (errno != EINTR) {
                base::throw_errno(fmt::format("reading {}", path));
            }
        }
    };
}

} // namespace imgbuild::archive
