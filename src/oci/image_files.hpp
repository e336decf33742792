// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace imgbuild::oci {

/// The files that an image on a disk consists of, whether they lie in a directory or in an archive.
class ImageFiles {
public:
    ImageFiles() = default;
    ImageFiles(const ImageFiles&) = delete;
    ImageFiles& operator=(const ImageFiles&) = delete;
    virtual ~ImageFiles() = default;

    struct File {
        base::UniqueFd fd;
        std::uint64_t size = 0;
        /// Where it begins in what `fd` is of.
        std::uint64_t offset = 0;

        /// @param name for messages. @returns how many bytes came, 0 at the end of the file.
        std::size_t
        read(std::span<std::byte> buffer, std::uint64_t position, const std::string& name) const;
    };

    /// Opens a regular file by its path inside; nothing if there is none.
    virtual std::optional<File> open(const std::string& path) const = 0;

    /// Whether what `open` gives are blobs of the store.
    virtual bool are_in_store() const noexcept { return false; }

    /// What messages call the whole.
    virtual const std::string& name() const noexcept = 0;
};

/// The files of a directory.
class DirectoryFiles final : public ImageFiles {
public:
    explicit DirectoryFiles(std::string path);

    std::optional<File> open(const std::string& path) const override;

    const std::string& name() const noexcept override { return path_; }

private:
    std::string path_;
};

/// A small file as text; nothing if there is none. @throws base::Error (exit code 3) if it is too large.
std::optional<std::string> read_document(const ImageFiles& files, const std::string& path);

} // namespace imgbuild::oci
