// SPDX-License-Identifier: Apache-2.0
#include "store/sealed_file.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "store/layout.hpp"
#include "store/seal.hpp"
#include "store/work_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

namespace imgbuild::store {

namespace {

std::string seal_of(std::span<const std::byte> content) {
    Seal seal;
    seal.update(content);
    return seal.text();
}

} // namespace

void put_file(
    const std::string& store,
    const std::string& path,
    std::initializer_list<std::span<const std::byte>> parts) {
    in_store(store, [&] {
        const LockedFile file = make_locked_file(work_place(store), ".part");
        try {
            for (const std::span<const std::byte> part : parts) {
                base::write_all(file.fd.get(), part, file.path);
            }
            move_into_place(file.path, path);
        } catch (...) {
            ::unlink(file.path.c_str());
            throw;
        }
    });
}

void write_sealed(
    const std::string& store, const std::string& path, std::span<const std::byte> content) {
    const std::string seal = seal_of(content);
    put_file(store, path, {std::as_bytes(std::span(seal)), content});
}

bool is_sealed_at_end(int fd, const std::string& path, const std::stop_token& stop) {
    struct stat status = {};
    if (::fstat(fd, &status) != 0) {
        base::throw_errno(fmt::format("looking at {}", path));
    }
    if (!S_ISREG(status.st_mode) || status.st_size < static_cast<off_t>(seal_size)) {
        return false;
    }
    const auto end = static_cast<std::uint64_t>(status.st_size) - seal_size;
    std::vector<std::byte> buffer(std::size_t{1} << 18U);
    Seal seal;
    for (std::uint64_t offset = 0; offset < end;) {
        base::throw_if_stopped(stop);
        const std::uint64_t wanted = std::min<std::uint64_t>(buffer.size(), end - offset);
        const std::size_t size = base::read_at(
            fd, std::span(buffer).first(static_cast<std::size_t>(wanted)), offset, path);
        if (size == 0) {
            return false;
        }
        seal.update(std::span(buffer).first(size));
        offset += size;
    }
    std::array<std::byte, seal_size> found = {};
    const std::string wanted_seal = seal.text();
    return base::read_at(fd, found, end, path) == seal_size &&
           std::memcmp(found.data(), wanted_seal.data(), seal_size) == 0;
}

std::optional<std::string> read_sealed(const std::string& store, const std::string& path) {
    const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        base::throw_errno(fmt::format("opening {}", path));
    }
    std::string content = base::read_all(fd.get(), path);
    if (content.size() >= seal_size) {
        const auto body = std::as_bytes(std::span(content).subspan(seal_size));
        if (content.compare(0, seal_size, seal_of(body)) == 0) {
            content.erase(0, seal_size);
            return content;
        }
    }
    set_aside(store, path);
    return std::nullopt;
}

} // namespace imgbuild::store
