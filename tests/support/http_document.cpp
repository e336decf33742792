// SPDX-License-Identifier: Apache-2.0
#include "support/http_document.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <functional>

namespace imgbuild::test {

namespace {

std::string decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            decoded +=
                static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

/// Path of "/a?b" or, as a proxy gets it, "http://host/a?b".
std::string path_of(std::string_view target) {
    const std::size_t scheme = target.find("://");
    if (scheme != std::string_view::npos) {
        target.remove_prefix(std::min(target.find('/', scheme + 3), target.size()));
    }
    return decode(target.substr(0, target.find('?')));
}

bool is_unchanged(const HttpDocument& document, const SeenRequest& request) {
    const std::string etag = request.header("if-none-match");
    if (!etag.empty()) {
        return etag == document.etag;
    }
    const std::string time = request.header("if-modified-since");
    return !time.empty() && time == document.last_modified;
}

/// The first byte that is asked for by "bytes=N-"; other forms of ranges are ignored, as a server may.
std::optional<std::uint64_t> range_start(const HttpDocument& document, const SeenRequest& request) {
    constexpr std::string_view form = "bytes=";
    const std::string range = request.header("range");
    const std::string condition = request.header("if-range");
    const bool holds =
        condition.empty() || condition == document.etag || condition == document.last_modified;
    if (!holds || range.substr(0, form.size()) != form || range.back() != '-') {
        return std::nullopt;
    }
    return base::parse_number(
        std::string_view(range).substr(form.size(), range.size() - form.size() - 1));
}

} // namespace

std::string SeenRequest::header(const std::string& lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string() : found->second;
}

std::optional<SeenRequest> parse_request(std::string_view text) {
    SeenRequest request;
    const std::vector<std::string_view> lines = base::split_lines(text);
    const std::vector<std::string_view> words =
        lines.empty() ? std::vector<std::string_view>() : base::split_words(lines.front());
    if (words.size() != 3) {
        return std::nullopt;
    }
    request.method = words[0];
    request.target = words[1];
    request.path = path_of(words[1]);
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::size_t colon = lines[i].find(':');
        if (colon != std::string_view::npos) {
            request.headers[base::to_lower(lines[i].substr(0, colon))] =
                base::trim(lines[i].substr(colon + 1));
        }
    }
    return request;
}

HttpDocument make_document(std::string body) {
    const std::string etag = fmt::format("\"{:016x}\"", std::hash<std::string>()(body));
    return {std::move(body), etag, http_date(1'000'000'000)};
}

std::optional<HttpDocument> read_document(const std::string& directory, const std::string& path) {
    for (const std::string_view part : base::split(path, '/')) {
        if (part == "..") {
            return std::nullopt;
        }
    }
    const std::string file = directory + path;
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    return HttpDocument{
        base::read_file(file),
        fmt::format(
            "\"{:x}-{:x}.{:x}\"", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec),
        http_date(status.st_mtim.tv_sec)};
}

HttpAnswer
answer_for(const HttpDocument& document, const SeenRequest& request, const Fault& fault) {
    HttpAnswer answer;
    if (!fault.no_validators) {
        answer.headers = {{"ETag", document.etag}, {"Last-Modified", document.last_modified}};
    }
    if (is_unchanged(document, request)) {
        answer.status = 304;
        return answer;
    }
    answer.headers.emplace_back("Accept-Ranges", "bytes");
    const std::optional<std::uint64_t> start =
        fault.ignore_range ? std::nullopt : range_start(document, request);
    const std::size_t size = document.body.size();
    if (!start) {
        answer.body = document.body;
    } else if (*start >= size) {
        answer.status = 416;
        answer.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
    } else {
        answer.status = 206;
        answer.body = document.body.substr(*start);
        answer.headers.emplace_back(
            "Content-Range",
            fmt::format("bytes {}-{}/{}", *start + fault.range_shift, size - 1, size));
    }
    return answer;
}

std::string http_date(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts = {};
    ::gmtime_r(&time, &parts);
    char text[64] = {};
    // Test programs run in the C locale, so names of days and months are English.
    const std::size_t length =
        std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text, length};
}

std::string basic_authorization(const std::string& user_and_password) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string encoded;
    for (std::size_t i = 0; i < user_and_password.size(); i += 3) {
        std::uint32_t group = 0;
        const std::size_t have = std::min<std::size_t>(3, user_and_password.size() - i);
        for (std::size_t j = 0; j < 3; ++j) {
            const auto byte =
                j < have ? static_cast<unsigned char>(user_and_password[i + j]) : std::uint8_t{0};
            group = (group << 8U) | byte;
        }
        for (std::size_t j = 0; j < 4; ++j) {
            encoded += j <= have ? digits[(group >> (18U - 6U * j)) & 63U] : '=';
        }
    }
    return "Basic " + encoded;
}

} // namespace imgbuild::test
