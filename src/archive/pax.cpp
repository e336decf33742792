// SPDX-License-Identifier: Apache-2.0
#include "archive/pax.hpp"

#include "archive/tar_header.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::archive {

namespace {

[[noreturn]] void refuse(std::string_view key, std::string_view value) {
    throw TarDefect{fmt::format(
        "the pax record {}={} makes no sense",
        base::printable(key),
        base::printable(value.substr(0, 200)))};
}

std::int64_t number(std::string_view key, std::string_view value) {
    const bool is_negative = value.starts_with('-');
    const auto magnitude = base::parse_number(is_negative ? value.substr(1) : value);
    if (!magnitude || *magnitude > static_cast<std::uint64_t>(INT64_MAX)) {
        refuse(key, value);
    }
    const auto result = static_cast<std::int64_t>(*magnitude);
    return is_negative ? -result : result;
}

/// "123", "-1.5", "123.456789012": digits beyond nanoseconds are dropped.
tree::Time time(std::string_view key, std::string_view value) {
    const std::size_t point = value.find('.');
    std::string fraction(point == std::string_view::npos ? "" : value.substr(point + 1));
    if (!std::all_of(
            fraction.begin(), fraction.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        refuse(key, value);
    }
    fraction.resize(9, '0');
    tree::Time result;
    result.seconds = number(key, value.substr(0, point));
    result.nanoseconds = static_cast<std::uint32_t>(*base::parse_number(fraction));
    if (value.starts_with('-') && result.nanoseconds > 0) {
        if (result.seconds == INT64_MIN) {
            refuse(key, value);
        }
        --result.seconds;
        result.nanoseconds = 1'000'000'000U - result.nanoseconds;
    }
    return result;
}

class Reader {
public:
    PaxRecords run(std::string_view text) {
        while (!text.empty()) {
            take_record(text);
        }
        std::sort(records_.xattrs.begin(), records_.xattrs.end());
        if (sparse_numbers_ % 2 != 0) {
            throw TarDefect{"the pax records of a sparse file are incomplete"};
        }
        return std::move(records_);
    }

private:
    /// "LENGTH KEY=VALUE\n", the length being that of the whole record.
    void take_record(std::string_view& text) {
        const std::size_t blank = text.substr(0, 20).find(' ');
        const auto length = blank == std::string_view::npos
                                ? std::nullopt
                                : base::parse_number(text.substr(0, blank));
        if (!length || *length > text.size() || *length < blank + 3 || text[*length - 1] != '\n') {
            throw TarDefect{"a pax header is not made of records"};
        }
        const std::string_view record = text.substr(blank + 1, *length - blank - 2);
        const std::size_t equals = record.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            throw TarDefect{"a pax record has no name"};
        }
        take(record.substr(0, equals), record.substr(equals + 1));
        text.remove_prefix(*length);
    }

    void take(std::string_view key, std::string_view value) {
        if (key == "path") {
            records_.path = text(key, value);
        } else if (key == "linkpath") {
            records_.link = text(key, value);
        } else if (key == "uid") {
            records_.uid = optional_number(key, value);
        } else if (key == "gid") {
            records_.gid = optional_number(key, value);
        } else if (key == "size") {
            records_.size = optional_number(key, value);
        } else if (key == "mtime") {
            records_.mtime = value.empty() ? std::nullopt : std::optional(time(key, value));
        } else if (key.starts_with("SCHILY.xattr.")) {
            take_xattr(key.substr(13), value);
        } else if (key.starts_with("GNU.sparse.")) {
            take_sparse(key, key.substr(11), value);
        }
    }

    void take_xattr(std::string_view name, std::string_view value) {
        if (name.empty() || name.find('\0') != std::string_view::npos) {
            refuse("SCHILY.xattr." + std::string(name), value);
        }
        std::erase_if(records_.xattrs, [&](const auto& old) { return old.first == name; });
        records_.xattrs.emplace_back(name, value);
    }

    void take_sparse(std::string_view key, std::string_view name, std::string_view value) {
        PaxRecords::Sparse& sparse = records_.sparse;
        if (name == "major") {
            sparse.major = value;
        } else if (name == "minor") {
            sparse.minor = value;
        } else if (name == "name") {
            sparse.name = text(key, value);
        } else if (name == "size" || name == "realsize") {
            sparse.size = optional_number(key, value);
        } else if (name == "map") {
            sparse.map = text(key, value);
        } else if (name == "offset" || name == "numbytes") {
            if ((name == "offset") != (sparse_numbers_ % 2 == 0) ||
                value.find(',') != std::string_view::npos) {
                refuse(key, value);
            }
            ++sparse_numbers_;
            sparse.map = sparse.map ? *sparse.map + "," + std::string(value) : std::string(value);
        }
    }

    static std::optional<std::string> text(std::string_view key, std::string_view value) {
        if (value.find('\0') != std::string_view::npos) {
            refuse(key, value);
        }
        return value.empty() ? std::nullopt : std::optional(std::string(value));
    }

    static std::optional<std::int64_t>
    optional_number(std::string_view key, std::string_view value) {
        return value.empty() ? std::nullopt : std::optional(number(key, value));
    }

    PaxRecords records_;
    std::size_t sparse_numbers_ = 0;
};

} // namespace

PaxRecords parse_pax_records(std::string_view text) {
    return Reader().run(text);
}

} // namespace imgbuild::archive
