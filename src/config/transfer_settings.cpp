// SPDX-License-Identifier: Apache-2.0
#include "config/transfer_settings.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <vector>

namespace imgbuild::config {

namespace {

std::vector<std::string> credential_files(const Host& host) {
    std::vector<std::string> candidates;
    if (const auto netrc = host.variable("NETRC")) {
        candidates.push_back(*netrc);
    } else if (const auto home = host.home()) {
        candidates.push_back(base::join_path(*home, ".netrc"));
    }
    if (const auto directory = host.user_config_directory()) {
        candidates.push_back(base::join_path(*directory, "auth.conf"));
    }
    candidates.push_back(host.path("/etc/apt/auth.conf"));
    for (std::string& file : files_with_suffix(host.path("/etc/apt/auth.conf.d"), ".conf")) {
        candidates.push_back(std::move(file));
    }
    std::vector<std::string> files;
    std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(files), is_readable_file);
    return files;
}

void check_proxy(const std::string& proxy) {
    constexpr std::array<std::string_view, 6> schemes = {
        "http", "https", "socks4", "socks4a", "socks5", "socks5h"};
    const std::size_t end = proxy.find("://");
    const bool is_known =
        end == std::string::npos ||
        std::find(schemes.begin(), schemes.end(), proxy.substr(0, end)) != schemes.end();
    if (!is_known) {
        base::UsageError error(
            fmt::format("--proxy: \"{}\" is no kind of proxy", proxy.substr(0, end)));
        error.set_hint("write http://host:port, https://host:port or socks5h://host:port");
        throw error;
    }
}

} // namespace

net::ClientOptions transfer_options(const Host& host, const TransferWishes& wishes) {
    net::ClientOptions options;
    if (!wishes.proxy.empty()) {
        check_proxy(wishes.proxy);
        options.proxy = wishes.proxy;
    }
    if (!wishes.ca_file.empty()) {
        if (!is_readable_file(wishes.ca_file)) {
            base::UsageError error(
                fmt::format("--ca-file: {} is no file that can be read", wishes.ca_file));
            error.set_hint("name a PEM file with the certificates of the authorities");
            throw error;
        }
        options.ca_file = wishes.ca_file;
    }
    options.tries = wishes.tries.value_or(options.tries);
    if (wishes.timeout) {
        options.connect_timeout = std::chrono::seconds(*wishes.timeout);
        options.stall_timeout = std::chrono::seconds(*wishes.timeout);
    }
    options.credential_files = credential_files(host);
    return options;
}

} // namespace imgbuild::config
