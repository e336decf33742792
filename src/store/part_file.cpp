// SPDX-License-Identifier: Apache-2.0
#include "store/part_file.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "store/layout.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace imgbuild::store {

PartFile::PartFile(std::string store_path, LockedFile file)
    : store_path_(std::move(store_path))
    , file_(std::move(file)) {}

PartFile::~PartFile() {
    if (file_.fd) {
        ::unlink(file_.path.c_str());
    }
}

void PartFile::write(std::span<const std::byte> bytes) {
    in_store(store_path_, [&] { base::write_all(file_.fd.get(), bytes, file_.path); });
    size_ += bytes.size();
}

void PartFile::restart() {
    if (::ftruncate(file_.fd.get(), 0) != 0 || ::lseek(file_.fd.get(), 0, SEEK_SET) != 0) {
        base::throw_errno(fmt::format("emptying {}", file_.path));
    }
    size_ = 0;
}

base::UniqueFd PartFile::open_for_reading() const {
    base::UniqueFd copy(::fcntl(file_.fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) {
        base::throw_errno(fmt::format("opening {}", file_.path));
    }
    return copy;
}

void PartFile::sync() {
    in_store(store_path_, [&] {
        if (::fdatasync(file_.fd.get()) != 0) {
            base::throw_errno(fmt::format("writing {}", file_.path));
        }
    });
}

void PartFile::move_to(const std::string& path) {
    in_store(store_path_, [&] { move_into_place(file_.path, path); });
    file_.fd.reset();
}

} // namespace imgbuild::store
