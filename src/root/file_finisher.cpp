// SPDX-License-Identifier: Apache-2.0
#include "root/file_finisher.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace imgbuild::root {

namespace {

/// Files are handed over in batches: a task for each would cost as much as a small file.
constexpr std::size_t batch_files = 16;
constexpr std::uint64_t batch_bytes = std::uint64_t{1} << 20U;
/// What more there is the maker does itself. It also bounds the files that are open.
constexpr unsigned most_batches = 8;

} // namespace

void write_piece(int fd, const NewFile::Piece& piece, const std::string& label) {
    std::span<const std::byte> bytes = piece.bytes;
    std::uint64_t offset = piece.offset;
    while (!bytes.empty()) {
        const ssize_t written =
            ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            base::throw_errno(label + ": writing");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

void finish_file(
    base::UniqueFd fd,
    const tree::Entry& entry,
    std::uint64_t end,
    const std::string& label,
    AttributeWriter& attributes) {
    if (end < entry.size && ::ftruncate(fd.get(), static_cast<off_t>(entry.size)) != 0) {
        base::throw_errno(label + ": setting the size");
    }
    attributes.apply_to_file(fd.get(), entry, label);
    if (::close(fd.release()) != 0) {
        base::throw_errno(label + ": writing");
    }
}

FileFinisher::FileFinisher(
    base::ThreadPool& pool, base::Reporter& reporter, const std::stop_token& stop)
    : reporter_(reporter)
    , stop_(stop)
    , tasks_(pool, stop) {}

void FileFinisher::add(NewFile file) {
    if (tasks_.failed()) {
        tasks_.wait();
    }
    batch_bytes_ += file.entry.size;
    batch_.push_back(std::move(file));
    if (batch_.size() >= batch_files || batch_bytes_ >= batch_bytes) {
        hand_over();
    }
}

void FileFinisher::hand_over() {
    const auto files = std::make_shared<std::vector<NewFile>>(std::move(batch_));
    batch_.clear();
    batch_bytes_ = 0;
    if (batches_in_flight_ >= most_batches) {
        finish(*files);
        return;
    }
    ++batches_in_flight_;
    tasks_.run([this, files] {
        finish(*files);
        --batches_in_flight_;
    });
}

void FileFinisher::finish(std::vector<NewFile>& files) const {
    AttributeWriter attributes(reporter_);
    for (NewFile& file : files) {
        std::uint64_t end = 0;
        for (const NewFile::Piece& piece : file.pieces) {
            base::throw_if_stopped(stop_);
            write_piece(file.fd.get(), piece, file.label);
            end = std::max(end, piece.offset + piece.bytes.size());
        }
        finish_file(std::move(file.fd), file.entry, end, file.label, attributes);
    }
}

void FileFinisher::wait() {
    hand_over();
    tasks_.wait();
}

} // namespace imgbuild::root
