// SPDX-License-Identifier: Apache-2.0
#include "pack/content_source.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace imgbuild::pack {

void RootContent::read(
    const tree::Entry& entry, std::uint64_t offset, std::span<std::byte> into) const {
    // O_NONBLOCK: what was a file when the inventory was made must not hold us up as a pipe.
    const base::UniqueFd file =
        root_.open_file(entry.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    const std::string name = fmt::format("{} in {}", base::printable(entry.path), root_.name());
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) {
        base::throw_errno(fmt::format("reading {}", name));
    }
    const bool same_size =
        S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) == entry.size;
    if (!same_size || base::read_at(file.get(), into, offset, name) != into.size()) {
        throw base::Error(
            fmt::format("{} changed while the image was packed", name), base::ExitCode::pack);
    }
}

} // namespace imgbuild::pack
