// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"
#include "base/thread_pool.hpp"
#include "base/unique_fd.hpp"
#include "root/extract_attributes.hpp"
#include "tree/inventory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace imgbuild::root {

/// A regular file that was just made, and what belongs into it.
struct NewFile {
    struct Piece {
        std::span<const std::byte> bytes;
        std::uint64_t offset = 0;
    };

    base::UniqueFd fd;
    /// Without extended attributes.
    tree::Entry entry;
    /// What messages call it: "ARCHIVE: ENTRY".
    std::string label;
    std::vector<Piece> pieces;
};

/// @throws base::SystemError "LABEL: writing: …"
void write_piece(int fd, const NewFile::Piece& piece, const std::string& label);

/// Gives a file whose content was written up to `end` its size, owner, attributes, mode and time, and
/// closes it. @throws base::SystemError "LABEL: …"
void finish_file(
    base::UniqueFd fd,
    const tree::Entry& entry,
    std::uint64_t end,
    const std::string& label,
    AttributeWriter& attributes);

/// Fills new files on the pool's threads while their maker goes on to the next ones. Used by one thread.
class FileFinisher {
public:
    FileFinisher(base::ThreadPool& pool, base::Reporter& reporter, const std::stop_token& stop);
    FileFinisher(const FileFinisher&) = delete;
    FileFinisher& operator=(const FileFinisher&) = delete;

    /// @param file its bytes stay where they are until `wait` or the destructor is done.
    /// @throws as `wait`, for an earlier file.
    void add(NewFile file);

    /// Waits until all files are written. @throws the first error of them; base::Interrupted.
    void wait();

private:
    void hand_over();
    void finish(std::vector<NewFile>& files) const;

    base::Reporter& reporter_;
    std::stop_token stop_;
    std::vector<NewFile> batch_;
    std::uint64_t batch_bytes_ = 0;
    std::atomic<unsigned> batches_in_flight_ = 0;
    /// Last: its tasks use all of the above.
    base::TaskGroup tasks_;
};

} // namespace imgbuild::root
