// SPDX-License-Identifier: Apache-2.0
#include "oci/image_files.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "oci/document_reader.hpp"
#include "oci/manifest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace imgbuild::oci {

std::size_t ImageFiles::File::read(
    std::span<std::byte> buffer, std::uint64_t position, const std::string& name) const {
    const std::uint64_t left = size - std::min(size, position);
    return base::read_at(
        fd.get(),
        buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left))),
        offset + position,
        name);
}

DirectoryFiles::DirectoryFiles(std::string path)
    : path_(std::move(path)) {}

std::optional<ImageFiles::File> DirectoryFiles::open(const std::string& path) const {
    const std::string whole = base::join_path(path_, path);
    // Not to be held up by a fifo.
    base::UniqueFd fd(::open(whole.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::nullopt;
        }
        base::throw_errno("opening " + whole);
    }
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0) {
        base::throw_errno("opening " + whole);
    }
    if (!S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    return File{std::move(fd), static_cast<std::uint64_t>(status.st_size)};
}

std::optional<std::string> read_document(const ImageFiles& files, const std::string& path) {
    const std::optional<ImageFiles::File> file = files.open(path);
    if (!file) {
        return std::nullopt;
    }
    const std::string name = base::join_path(files.name(), path);
    if (file->size > document_limit) {
        refuse_document(
            name,
            fmt::format("is {} bytes, the most that is read is {}", file->size, document_limit));
    }
    std::string text(static_cast<std::size_t>(file->size), '\0');
    text.resize(file->read(std::as_writable_bytes(std::span(text)), 0, name));
    return text;
}

} // namespace imgbuild::oci
