// SPDX-License-Identifier: Apache-2.0
// ar: "!<arch>\n", then for each member 60 bytes of header (name 16, time 12, owner 6, group 6, mode 8,
// size 10, "`\n"), its content, and a newline if the size is odd. The members are read in place, so that
// the tar inside can be read while it is decompressed, without a copy.
#include "package/deb_file.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace imgbuild::package {
namespace {

constexpr std::string_view magic = "!<arch>\n";
constexpr std::size_t header_size = 60;
constexpr std::size_t member_limit = 16;

std::string read_text(int fd, std::uint64_t offset, std::size_t size, const std::string& name) {
    std::string text(size, '\0');
    text.resize(
        base::read_at(fd, std::as_writable_bytes(std::span(text.data(), size)), offset, name));
    return text;
}

} // namespace

DebFile::DebFile(base::UniqueFd fd, std::string name)
    : fd_(std::make_shared<base::UniqueFd>(std::move(fd)))
    , name_(std::move(name))
    , members_(read_members()) {
    const Member& version = member("debian-binary");
    if (!read_text(fd_->get(), version.offset, 2, name_).starts_with("2.")) {
        throw base::Error(fmt::format("{}: not a Debian package of format 2", name_));
    }
    member("control.tar");
    member("data.tar");
}

std::vector<DebFile::Member> DebFile::read_members() const {
    const auto damaged = [this] {
        return base::Error(fmt::format("{}: not a Debian package, or damaged", name_));
    };
    if (read_text(fd_->get(), 0, magic.size(), name_) != magic) {
        throw damaged();
    }
    std::vector<Member> members;
    std::uint64_t offset = magic.size();
    while (members.size() < member_limit) {
        const std::string header = read_text(fd_->get(), offset, header_size, name_);
        if (header.empty()) {
            break;
        }
        if (header.size() != header_size || !header.ends_with("`\n")) {
            throw damaged();
        }
        const std::string_view text = header;
        const auto size = base::parse_number(base::trim(text.substr(48, 10)));
        if (!size) {
            throw damaged();
        }
        std::string_view name = base::trim(text.substr(0, 16));
        if (name.ends_with('/')) {
            name.remove_suffix(1);
        }
        members.push_back(Member{std::string(name), offset + header_size, *size});
        offset += header_size + *size + *size % 2;
    }
    return members;
}

const DebFile::Member& DebFile::member(std::string_view prefix) const {
    const auto found = std::find_if(members_.begin(), members_.end(), [prefix](const Member& m) {
        return m.name.starts_with(prefix);
    });
    if (found == members_.end()) {
        throw base::Error(fmt::format("{}: not a Debian package: no {} in it", name_, prefix));
    }
    return *found;
}

archive::Source DebFile::source_of(const Member& member) const {
    return [fd = fd_, name = name_, offset = member.offset, left = member.size](
               std::span<std::byte> buffer) mutable {
        const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), left);
        const std::size_t size = base::read_at(fd->get(), buffer.first(wanted), offset, name);
        offset += size;
        left -= size;
        return size;
    };
}

std::string DebFile::name_of(const Member& member) const {
    return fmt::format("{}: {}", name_, member.name);
}

archive::Reader DebFile::data() const {
    const Member& data = member("data.tar");
    return {source_of(data), name_of(data)};
}

archive::Decompressor DebFile::data_stream() const {
    const Member& data = member("data.tar");
    return {source_of(data), name_of(data)};
}

archive::Reader DebFile::control() const {
    const Member& control = member("control.tar");
    return {source_of(control), name_of(control)};
}

} // namespace imgbuild::package
