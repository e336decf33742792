// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace imgbuild::oci {

/// Writes the tar archives that images are saved as: root's, without time. Not thread-safe.
class TarWriter {
public:
    using Write = std::function<void(std::span<const std::byte> bytes)>;

    explicit TarWriter(Write write);

    /// @param name of at most 100 bytes; so for all of these.
    void add_directory(const std::string& name);
    void add_file(const std::string& name, std::string_view content);

    /// The header of a file whose content of exactly `size` bytes is given to `add_content`.
    void begin_file(const std::string& name, std::uint64_t size);
    void add_content(std::span<const std::byte> bytes);
    void end_file();

    /// The two blocks that end an archive.
    void finish();

    /// The block that `begin_file` writes.
    static std::string
    header(const std::string& name, char type, unsigned mode, std::uint64_t size);

private:
    void write(std::string_view text) const;

    Write write_;
    std::uint64_t content_ = 0;
};

} // namespace imgbuild::oci
