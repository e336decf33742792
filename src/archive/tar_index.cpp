// SPDX-License-Identifier: Apache-2.0
#include "archive/tar_index.hpp"

#include "archive/tar_header.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace imgbuild::archive {
namespace {

/// Longer names than the kernel takes are no use.
constexpr std::uint64_t longest_name = 4096;

/// A field of text ends at its first zero byte.
std::string_view text_of(std::string_view field) {
    return field.substr(0, field.find('\0'));
}

class Indexer {
public:
    Indexer(int fd, const std::string& name, std::size_t most_members)
        : fd_(fd)
        , name_(name)
        , most_members_(most_members) {}

    TarIndex run() {
        while (index_.problem.empty() && read_block()) {
            take_header();
        }
        if (index_.problem.empty() && !has_end_) {
            index_.problem = "it has no end mark";
        }
        return std::move(index_);
    }

private:
    std::string_view field(std::size_t begin, std::size_t size) const {
        return std::string_view(block_.data(), block_.size()).substr(begin, size);
    }

    std::span<const std::byte> block() const { return std::as_bytes(std::span(block_)); }

    /// @returns false at the end of the archive.
    bool read_block() {
        const std::size_t got =
            base::read_at(fd_, std::as_writable_bytes(std::span(block_)), position_, name_);
        if (got != block_.size()) {
            return false;
        }
        position_ += tar_block;
        has_end_ = is_zero_block(block());
        return !has_end_;
    }

    void refuse(std::string problem) { index_.problem = std::move(problem); }

    void take_header() {
        TarHeader header;
        try {
            header = parse_tar_header(block());
        } catch (const TarDefect& defect) {
            refuse(defect.why);
            return;
        }
        const auto is_negative = [](std::int64_t number) { return number < 0; };
        const std::array numbers = {header.uid, header.gid, header.size, header.mtime};
        if (std::any_of(numbers.begin(), numbers.end(), is_negative) ||
            header.dialect == TarHeader::Dialect::star) {
            refuse("a header in it is of an unknown form");
        } else if (header.type == 'L' || header.type == 'K') {
            take_long_name(
                header.type == 'L' ? long_name_ : long_link_,
                static_cast<std::uint64_t>(header.size));
        } else {
            take_member(header);
        }
    }

    void take_long_name(std::string& name, std::uint64_t size) {
        if (size == 0 || size > longest_name) {
            refuse("a name in it is too long");
            return;
        }
        name.resize(size);
        name.resize(base::read_at(fd_, std::as_writable_bytes(std::span(name)), position_, name_));
        name = text_of(name);
        skip(size);
    }

    void skip(std::uint64_t size) { position_ += (size + tar_block - 1) / tar_block * tar_block; }

    void take_member(const TarHeader& header) {
        const auto size = static_cast<std::uint64_t>(header.size);
        TarMember member;
        tree::Entry& entry = member.entry;
        entry.path = long_name_.empty() ? header.name : std::exchange(long_name_, {});
        std::string link = long_link_.empty() ? header.link : std::exchange(long_link_, {});
        if (entry.path.empty()) {
            refuse("a member of it has no name");
            return;
        }
        const bool ends_with_slash = entry.path.ends_with('/');
        if (ends_with_slash) {
            entry.path.pop_back();
        }
        entry.mode = header.mode;
        entry.uid = static_cast<std::uint32_t>(header.uid);
        entry.gid = static_cast<std::uint32_t>(header.gid);
        entry.mtime.seconds = header.mtime;
        member.user = text_of(field(265, 32));
        member.group = text_of(field(297, 32));
        member.offset = position_;
        switch (header.type) {
        case '0':
        case '\0':
            entry.type = tree::EntryType::regular;
            entry.size = size;
            break;
        case '1':
            member.hardlink_target = std::move(link);
            break;
        case '2':
            entry.type = tree::EntryType::symlink;
            entry.link_target = std::move(link);
            break;
        case '5':
            entry.type = tree::EntryType::directory;
            break;
        default:
            refuse(fmt::format(
                "{} in it is of type '{}'",
                base::printable(entry.path),
                base::printable(std::string_view(&header.type, 1))));
            return;
        }
        const bool has_content = entry.type == tree::EntryType::regular && !member.hardlink_target;
        if (has_content ? ends_with_slash : size != 0) {
            refuse(fmt::format("{} in it is of an unknown form", base::printable(entry.path)));
            return;
        }
        if (index_.members.size() == most_members_) {
            refuse(fmt::format("it has more than {} members", most_members_));
            return;
        }
        index_.members.push_back(std::move(member));
        skip(size);
    }

    int fd_;
    const std::string& name_;
    std::size_t most_members_;
    std::array<char, tar_block> block_ = {};
    std::uint64_t position_ = 0;
    std::string long_name_;
    std::string long_link_;
    bool has_end_ = false;
    TarIndex index_;
};

} // namespace

TarIndex read_tar_index(int fd, const std::string& name, std::size_t most_members) {
    return Indexer(fd, name, most_members).run();
}

} // namespace imgbuild::archive
