// SPDX-License-Identifier: Apache-2.0
#include "images/root_tar.hpp"

#include "base/cancel.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/progress.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::images {

namespace {

constexpr std::size_t block = 512;

/// A field of the header: where it is, and how long.
struct Field {
    std::size_t offset = 0;
    std::size_t size = 0;
};

constexpr Field name_field = {0, 100};
constexpr Field mode_field = {100, 8};
constexpr Field uid_field = {108, 8};
constexpr Field gid_field = {116, 8};
constexpr Field size_field = {124, 12};
constexpr Field time_field = {136, 12};
constexpr Field checksum_field = {148, 8};
constexpr Field type_field = {156, 1};
constexpr Field link_field = {157, 100};
constexpr Field major_field = {329, 8};
constexpr Field minor_field = {337, 8};

class Header {
public:
    Header() {
        constexpr std::string_view magic("ustar\00000", 8);
        std::memcpy(&bytes_[257], magic.data(), magic.size());
    }

    void set(Field field, std::string_view text) {
        std::memcpy(&bytes_[field.offset], text.data(), std::min(text.size(), field.size));
    }

    /// @returns false if the number is too large; then a pax record has to say it.
    bool set(Field field, std::uint64_t number) {
        const std::string digits = fmt::format("{:0{}o}", number, field.size - 1);
        if (digits.size() >= field.size) {
            set(field, std::string(field.size - 1, '0'));
            return false;
        }
        set(field, digits);
        return true;
    }

    std::string finish() {
        set(checksum_field, "        ");
        unsigned sum = 0;
        for (const char byte : bytes_) {
            sum += static_cast<unsigned char>(byte);
        }
        set(checksum_field, fmt::format("{:06o}", sum));
        bytes_[checksum_field.offset + 6] = '\0';
        return {bytes_.data(), bytes_.size()};
    }

private:
    std::array<char, block> bytes_ = {};
};

/// "LENGTH KEY=VALUE\n", where LENGTH counts itself too.
std::string pax_record(const std::string& key, std::string_view value) {
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (std::to_string(length).size() + rest != length) {
        length = std::to_string(length).size() + rest;
    }
    return fmt::format("{} {}={}\n", length, key, value);
}

std::string time_text(const tree::Time& time) {
    // Times before 1970 count their nanoseconds forward, as the inventory does.
    if (time.nanoseconds == 0) {
        return std::to_string(time.seconds);
    }
    if (time.seconds >= 0) {
        return fmt::format("{}.{:09}", time.seconds, time.nanoseconds);
    }
    return fmt::format("-{}.{:09}", -(time.seconds + 1), 1'000'000'000U - time.nanoseconds);
}

char type_of(const tree::Entry& entry) {
    switch (entry.type) {
    case tree::EntryType::directory:
        return '5';
    case tree::EntryType::symlink:
        return '2';
    case tree::EntryType::char_device:
        return '3';
    case tree::EntryType::block_device:
        return '4';
    case tree::EntryType::fifo:
        return '6';
    default:
        return '0';
    }
}

class RootTar {
public:
    RootTar(
        const root::Root& root,
        const tree::Inventory& inventory,
        const WriteBytes& write,
        const base::Context& context)
        : root_(root)
        , inventory_(inventory)
        , write_(write)
        , context_(context)
        , progress_(
              context.reporter,
              {.title = "writing the archive",
               .unit = "bytes",
               .total = inventory.content_size(),
               .parent = context.parent_activity}) {}

    void run() {
        for (const tree::Entry& entry : inventory_.entries()) {
            base::throw_if_stopped(context_.stop);
            if (entry.type == tree::EntryType::socket) {
                context_.reporter.message(
                    base::LogLevel::warning,
                    fmt::format("/{} is a socket: left out", base::printable(entry.path)));
                continue;
            }
            add(entry);
        }
        write(std::string(2 * block, '\0'));
    }

private:
    void add(const tree::Entry& entry) {
        const auto [first, is_first] = entry.link_group == 0
                                           ? std::pair(first_names_.end(), true)
                                           : first_names_.try_emplace(entry.link_group, entry.path);
        const bool has_content = is_first && entry.type == tree::EntryType::regular;
        write_header(entry, is_first ? std::string() : first->second, has_content);
        if (has_content) {
            write_content(entry);
        }
    }

    void write_header(const tree::Entry& entry, const std::string& first_name, bool has_content) {
        const bool is_directory = entry.type == tree::EntryType::directory;
        const std::string name = entry.path.empty() ? "./" : entry.path + (is_directory ? "/" : "");
        const std::string& link = first_name.empty() ? entry.link_target : first_name;
        std::string records;
        Header header;
        const auto set_text = [&](Field field, const char* key, const std::string& text) {
            const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) {
                return static_cast<unsigned char>(c) < 0x80U;
            });
            if (text.size() > field.size || !is_ascii) {
                records += pax_record(key, text);
            }
            header.set(field, text);
        };
        const auto set_number = [&](Field field, const char* key, std::uint64_t number) {
            if (!header.set(field, number)) {
                records += pax_record(key, std::to_string(number));
            }
        };
        set_text(name_field, "path", name);
        set_text(link_field, "linkpath", link);
        set_number(uid_field, "uid", entry.uid);
        set_number(gid_field, "gid", entry.gid);
        set_number(size_field, "size", has_content ? entry.size : 0);
        const bool fits = entry.mtime.seconds >= 0 && entry.mtime.nanoseconds == 0 &&
                          header.set(time_field, static_cast<std::uint64_t>(entry.mtime.seconds));
        if (!fits) {
            header.set(
                time_field,
                static_cast<std::uint64_t>(std::max<std::int64_t>(entry.mtime.seconds, 0)));
            records += pax_record("mtime", time_text(entry.mtime));
        }
        header.set(mode_field, std::uint64_t{entry.mode});
        header.set(type_field, std::string(1, first_name.empty() ? type_of(entry) : '1'));
        header.set(major_field, std::uint64_t{entry.major});
        header.set(minor_field, std::uint64_t{entry.minor});
        if (first_name.empty()) {
            for (const auto& [key, value] : entry.xattrs) {
                records += pax_record("SCHILY.xattr." + key, value);
            }
        }
        if (!records.empty()) {
            write_records(records);
        }
        write(header.finish());
    }

    void write_records(const std::string& records) {
        Header header;
        header.set(name_field, "././@PaxHeader");
        header.set(mode_field, std::uint64_t{0644});
        header.set(uid_field, std::uint64_t{0});
        header.set(gid_field, std::uint64_t{0});
        header.set(size_field, std::uint64_t{records.size()});
        header.set(time_field, std::uint64_t{0});
        header.set(type_field, "x");
        write(header.finish());
        write(records);
        pad(records.size());
    }

    void write_content(const tree::Entry& entry) {
        const base::UniqueFd file = root_.open_file(entry.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        std::uint64_t done = 0;
        while (done < entry.size) {
            base::throw_if_stopped(context_.stop);
            const std::size_t wanted = std::min<std::uint64_t>(buffer_.size(), entry.size - done);
            const std::span<std::byte> part(buffer_.data(), wanted);
            const std::size_t got = base::read_at(file.get(), part, done, entry.path);
            if (got == 0) {
                throw base::Error(fmt::format(
                    "/{} in {} became shorter while it was read",
                    base::printable(entry.path),
                    root_.name()));
            }
            write_(part.first(got));
            progress_.advance(got);
            done += got;
        }
        pad(entry.size);
    }

    void write(const std::string& text) const {
        write_(std::as_bytes(std::span(text.data(), text.size())));
    }

    void pad(std::uint64_t size) const {
        if (size % block != 0) {
            write(std::string(block - size % block, '\0'));
        }
    }

    const root::Root& root_;
    const tree::Inventory& inventory_;
    const WriteBytes& write_;
    const base::Context& context_;
    base::Activity progress_;
    std::map<std::uint32_t, std::string> first_names_;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(std::size_t{1} << 18U);
};

} // namespace

void write_root_tar(
    const root::Root& root,
    const tree::Inventory& inventory,
    const WriteBytes& write,
    const base::Context& context) {
    RootTar(root, inventory, write, context).run();
}

} // namespace imgbuild::images
