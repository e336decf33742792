// SPDX-License-Identifier: Apache-2.0
#include "net/response_head.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

using namespace imgbuild;
using net::ContentRange;
using net::ResponseHead;

namespace {

ResponseHead head_of(std::initializer_list<const char*> lines) {
    ResponseHead head;
    for (const char* const line : lines) {
        head.add_line(line);
    }
    return head;
}

} // namespace

TEST_CASE("status line and headers") {
    const ResponseHead head = head_of(
        {"HTTP/1.1 404 Not  Found\r\n",
         "Content-Length: 12\r\n",
         "X-A:one\r\n",
         "x-a: two\r\n",
         "no header"});
    CHECK(head.status() == 404);
    CHECK(head.reason() == "Not  Found");
    CHECK(head.content_length() == 12);
    CHECK(head.field("x-a") == "two");
    CHECK(head.field("missing").empty());
    CHECK(head.fields().size() == 2);
}

TEST_CASE("HTTP/2 has no words, and an interim answer is forgotten") {
    const ResponseHead head = head_of({"HTTP/1.1 100 Continue", "x: 1", "HTTP/2 200", "y: 2"});
    CHECK(head.status() == 200);
    CHECK(head.reason().empty());
    CHECK(head.field("x").empty());
    CHECK(head.field("y") == "2");
}

TEST_CASE("a length that is no number is none") {
    CHECK_FALSE(head_of({"HTTP/1.1 200 OK", "Content-Length: -5"}).content_length().has_value());
    CHECK_FALSE(head_of({"HTTP/1.1 200 OK"}).content_length().has_value());
}

TEST_CASE("a server can't fill the memory by headers") {
    ResponseHead head;
    for (int i = 0; i < 1000; ++i) {
        head.add_line("X-" + std::to_string(i) + ": v");
    }
    CHECK(head.fields().size() == 200);
}

TEST_CASE("only a strong tag or a time lets a body be continued") {
    CHECK(
        head_of({"HTTP/1.1 200 OK", "ETag: \"a\"", "Last-Modified: then"}).resume_validator() ==
        "\"a\"");
    CHECK(
        head_of({"HTTP/1.1 200 OK", "ETag: W/\"a\"", "Last-Modified: then"}).resume_validator() ==
        "then");
    CHECK(head_of({"HTTP/1.1 200 OK", "ETag: W/\"a\""}).resume_validator().empty());
}

TEST_CASE("Retry-After in seconds and as a date") {
    using std::chrono::seconds;
    const auto asked = [](const char* line, std::int64_t now) {
        return head_of({"HTTP/1.1 503 x", line}).retry_after(now);
    };
    CHECK(asked("Retry-After: 7", 0) == seconds(7));
    CHECK(asked("Retry-After: 99999999999999", 0) == seconds(86'400));
    CHECK(asked("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", 784'111'770) == seconds(7));
    CHECK(asked("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", 784'111'800) == seconds(0));
    CHECK_FALSE(asked("Retry-After: soon", 0).has_value());
    CHECK_FALSE(asked("X: y", 0).has_value());
}

TEST_CASE("Content-Range") {
    CHECK(ContentRange::parse("bytes 5-9/10") == ContentRange{5, 9, 10});
    CHECK(ContentRange::parse("bytes 5-9/*") == ContentRange{5, 9, std::nullopt});
    for (const char* const bad :
         {"",
          "bytes */10",
          "bytes 9-5/10",
          "bytes 5-10/10",
          "bytes 5-9",
          "lines 5-9/10",
          "bytes 5-9/x",
          "bytes -9/10"}) {
        CAPTURE(bad);
        CHECK_FALSE(ContentRange::parse(bad).has_value());
    }
}
