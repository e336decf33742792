// SPDX-License-Identifier: Apache-2.0
#include "store/sealed_file.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "crypto/digest.hpp"
#include "store/layout.hpp"
#include "store/work_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace imgbuild::store {

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
    crypto::Sha256 hash;
    hash.update(content);
    const std::string seal = hash.finish().hex() + "\n";
    put_file(store, path, {std::as_bytes(std::span(seal)), content});
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
        const std::string_view body = std::string_view(content).substr(seal_size);
        if (content.compare(0, seal_size, crypto::sha256(body).hex() + "\n") == 0) {
            content.erase(0, seal_size);
            return content;
        }
    }
    set_aside(store, path);
    return std::nullopt;
}

} // namespace imgbuild::store
