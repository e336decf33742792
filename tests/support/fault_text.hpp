// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/http_server.hpp"

#include <string>
#include <string_view>

namespace imgbuild::test {

struct FaultOrder {
    std::string path;
    Fault fault;
    unsigned times = HttpServer::always;
};

/// A fault as shell tests write it: "PATH:key=value,key,…", for instance "*:status=503,times=2" or
/// "/pool/a.deb:after=1000,ending=stall". Keys: status, body, delay (milliseconds), after, ending
/// (close, reset, stall), length, header (NAME=VALUE; last, since its value may hold commas), times,
/// wrong-bytes, ignore-range, chunked, no-validators, no-length.
/// @throws base::UsageError for anything else.
FaultOrder parse_fault(std::string_view text);

} // namespace imgbuild::test
