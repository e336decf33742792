// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/host.hpp"
#include "net/client.hpp"

#include <optional>
#include <string>

namespace imgbuild::config {

/// What the command line says about transfers; empty: nothing.
struct TransferWishes {
    /// --proxy
    std::string proxy;
    /// --ca-file
    std::string ca_file;
    /// --tries
    std::optional<unsigned> tries;
    /// --timeout, in seconds
    std::optional<unsigned> timeout;
};

/// How this host reaches other machines: the wishes, else the environment (http_proxy, https_proxy,
/// all_proxy, no_proxy), and the credential files that can be read, most personal first: $NETRC or
/// ~/.netrc, imgbuild's auth.conf of the user, apt's auth.conf and auth.conf.d.
/// @throws base::UsageError if a wish makes no sense.
net::ClientOptions transfer_options(const Host& host, const TransferWishes& wishes);

} // namespace imgbuild::config
