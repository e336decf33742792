// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::net {

/// Status line and headers of one HTTP answer, collected line by line.
class ResponseHead {
public:
    /// One line with or without its end. A status line starts anew (an interim answer came before).
    /// Lines that are no headers are left out.
    void add_line(std::string_view line);

    long status() const { return status_; }

    /// The words behind the status; empty in HTTP/2.
    const std::string& reason() const { return reason_; }

    /// Names in lower case; of repeated ones the last. A server may offer several ways to log in, each in
    /// a header of its own: those are joined by commas, as HTTP allows.
    const std::map<std::string, std::string>& fields() const { return fields_; }

    /// The value, "" if there is none.
    std::string field(const std::string& lower_case_name) const;

    std::optional<std::uint64_t> content_length() const;

    /// What `If-Range` may name: a strong ETag, else the time of the last change, else "".
    std::string resume_validator() const;

    /// How long the server asks to wait. @param now seconds since 1970, for dates.
    std::optional<std::chrono::seconds> retry_after(std::int64_t now) const;

private:
    long status_ = 0;
    std::string reason_;
    std::map<std::string, std::string> fields_;
};

/// "bytes 100-199/200"
struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    /// Nothing if the server doesn't know ("*").
    std::optional<std::uint64_t> total;

    bool operator==(const ContentRange&) const = default;

    static std::optional<ContentRange> parse(std::string_view text);
};

/// The words of a status for messages: "Not Found"; "" for unknown ones.
std::string_view status_words(long status);

} // namespace imgbuild::net
