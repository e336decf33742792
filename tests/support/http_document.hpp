// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/http_server.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::test {

/// A document as a server has it.
struct HttpDocument {
    std::string body;
    std::string etag;
    std::string last_modified;
};

/// What goes out, before faults change it.
struct HttpAnswer {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// @param text the head of a request, without the empty line.
std::optional<SeenRequest> parse_request(std::string_view text);

HttpDocument make_document(std::string body);

/// A regular file below `directory`; nothing if there is none, or if the path would lead out.
std::optional<HttpDocument> read_document(const std::string& directory, const std::string& path);

/// 200, 206, 304 or 416, as the request's conditions and ranges ask for.
HttpAnswer answer_for(const HttpDocument& document, const SeenRequest& request, const Fault& fault);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::int64_t seconds);

/// "user:password" → the value of a Basic Authorization header.
std::string basic_authorization(const std::string& user_and_password);

} // namespace imgbuild::test
