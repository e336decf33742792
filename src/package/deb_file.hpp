// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "archive/decompressor.hpp"
#include "archive/reader.hpp"
#include "base/unique_fd.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// A Debian package file: an ar archive of "debian-binary", "control.tar.*" and "data.tar.*".
/// Thread-compatible: several readers of one file may be used side by side.
class DebFile {
public:
    /// @param name how messages call it.
    /// @throws base::Error if it is not a package of format 2 with both archives.
    DebFile(base::UniqueFd fd, std::string name);

    /// The files of the package. The reader may outlive this object.
    archive::Reader data() const;

    /// The same as the bytes of an uncompressed tar.
    archive::Decompressor data_stream() const;

    /// What the package says about itself: its fields and scripts. The reader may outlive this object.
    archive::Reader control() const;

private:
    struct Member {
        std::string name;
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };

    std::vector<Member> read_members() const;
    const Member& member(std::string_view prefix) const;
    archive::Source source_of(const Member& member) const;
    std::string name_of(const Member& member) const;

    std::shared_ptr<base::UniqueFd> fd_;
    std::string name_;
    std::vector<Member> members_;
};

} // namespace imgbuild::package
