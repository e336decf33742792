// SPDX-License-Identifier: Apache-2.0
#include "net/response_head.hpp"

#include "base/text.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace imgbuild::net {

namespace {

/// A server may not fill our memory by headers.
constexpr std::size_t field_limit = 200;

} // namespace

void ResponseHead::add_line(std::string_view line) {
    line = base::trim(line);
    if (line.substr(0, 5) == "HTTP/") {
        *this = ResponseHead();
        const std::vector<std::string_view> words = base::split_words(line);
        if (words.size() >= 2) {
            status_ = static_cast<long>(base::parse_number(words[1]).value_or(0) % 1000);
        }
        if (words.size() > 2) {
            const std::size_t start = static_cast<std::size_t>(words[2].data() - line.data());
            reason_ = line.substr(start);
        }
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || fields_.size() >= field_limit) {
        return;
    }
    const std::string name = base::to_lower(base::trim(line.substr(0, colon)));
    const std::string value(base::trim(line.substr(colon + 1)));
    std::string& field = fields_[name];
    field = name == "www-authenticate" && !field.empty() ? field + ", " + value : value;
}

std::string ResponseHead::field(const std::string& lower_case_name) const {
    const auto found = fields_.find(lower_case_name);
    return found == fields_.end() ? std::string() : found->second;
}

std::optional<std::uint64_t> ResponseHead::content_length() const {
    return base::parse_number(field("content-length"));
}

std::string ResponseHead::resume_validator() const {
    const std::string etag = field("etag");
    const bool strong = !etag.empty() && etag.front() == '"';
    return strong ? etag : field("last-modified");
}

std::optional<std::chrono::seconds> ResponseHead::retry_after(std::int64_t now) const {
    const std::string value = field("retry-after");
    if (value.empty()) {
        return std::nullopt;
    }
    constexpr std::uint64_t longest = 86'400;
    if (const auto seconds = base::parse_number(value)) {
        return std::chrono::seconds(std::min(*seconds, longest));
    }
    const std::int64_t date = ::curl_getdate(value.c_str(), nullptr);
    if (date < 0) {
        return std::nullopt;
    }
    return std::chrono::seconds(std::clamp<std::int64_t>(date - now, 0, longest));
}

std::optional<ContentRange> ContentRange::parse(std::string_view text) {
    constexpr std::string_view unit = "bytes ";
    if (text.substr(0, unit.size()) != unit) {
        return std::nullopt;
    }
    text.remove_prefix(unit.size());
    const std::size_t dash = text.find('-');
    const std::size_t slash = text.find('/');
    if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) {
        return std::nullopt;
    }
    const auto first = base::parse_number(text.substr(0, dash));
    const auto last = base::parse_number(text.substr(dash + 1, slash - dash - 1));
    const std::string_view size = text.substr(slash + 1);
    const auto total = base::parse_number(size);
    if (!first || !last || *last < *first || (!total && size != "*") ||
        (total && *last >= *total)) {
        return std::nullopt;
    }
    return ContentRange{*first, *last, total};
}

std::string_view status_words(long status) {
    constexpr std::array<std::pair<long, std::string_view>, 20> known = {{
        {204, "No Content"},
        {206, "Partial Content"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {410, "Gone"},
        {416, "Range Not Satisfiable"},
        {429, "Too Many Requests"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    }};
    const auto* const found = std::find_if(
        known.begin(), known.end(), [status](const auto& entry) { return entry.first == status; });
    return found == known.end() ? std::string_view() : found->second;
}

} // namespace imgbuild::net
