// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"
#include "store/work_directory.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace imgbuild::store {

/// A file on its way into the store. Dropping it without `move_to` removes it.
class PartFile {
public:
    /// @param file in the store's work/.
    PartFile(std::string store_path, LockedFile file);
    PartFile(PartFile&&) noexcept = default;
    PartFile& operator=(PartFile&&) = delete;
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;
    ~PartFile();

    /// @throws base::SystemError naming the store, for instance if there is no space left in it.
    void write(std::span<const std::byte> bytes);

    /// Forgets what was written.
    void restart();

    std::uint64_t size() const noexcept { return size_; }

    /// What was written so far, for reading at offsets (pread) while more comes; stays readable after
    /// this object is gone.
    base::UniqueFd open_for_reading() const;

    /// Waits until the disk has it.
    void sync();

    /// Makes it visible as `path`, in place of an older file. Called once, last.
    void move_to(const std::string& path);

private:
    std::string store_path_;
    LockedFile file_;
    std::uint64_t size_ = 0;
};

} // namespace imgbuild::store
