// SPDX-License-Identifier: Apache-2.0
#include "description/reading.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "schema/imgbuild_schema.hpp"
#include "xml/document.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace imgbuild::description {

namespace {

/// At most `limit` bytes; more may follow.
std::string read_start(int fd, const std::string& name, std::size_t limit) {
    std::string text;
    std::array<char, 65536> buffer;
    while (text.size() < limit) {
        const ssize_t got = ::read(fd, buffer.data(), std::min(buffer.size(), limit - text.size()));
        if (got < 0 && errno != EINTR) {
            base::throw_errno(fmt::format("reading {}", name));
        }
        if (got == 0) {
            break;
        }
        if (got > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }
    return text;
}

} // namespace

std::string read_part(const std::string& path) {
    const base::UniqueFd file = base::open_at(AT_FDCWD, path, O_RDONLY);
    // One byte more than is accepted, so that the refusal is the one that explains itself.
    return read_start(file.get(), path, xml::Limits().bytes + 1);
}

const xml::Schema& current_schema() {
    static const xml::Schema schema = xml::Schema::parse(schema::rng());
    return schema;
}

} // namespace imgbuild::description
