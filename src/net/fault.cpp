// SPDX-License-Identifier: Apache-2.0
#include "net/fault.hpp"

#include "base/text.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace imgbuild::net {

namespace {

constexpr const char* reach_hint = "if this machine reaches it only through a proxy, set "
                                   "http_proxy and https_proxy or give --proxy; "
                                   "--mirror NAME=URL takes another mirror";
constexpr const char* missing_hint = "check the URL's path; --mirror NAME=URL takes another mirror";
constexpr const char* busy_hint = "the server is overloaded or being maintained: try again later; "
                                  "--mirror NAME=URL takes another mirror";
constexpr const char* certificate_hint =
    "if the site has a certificate authority of its own, give its PEM file with --ca-file";
constexpr const char* client_certificate_hint =
    "the server asks for a client certificate: give one with its key";
constexpr const char* proxy_hint = "check http_proxy, https_proxy and --proxy";
constexpr const char* proxy_login_hint =
    "put the proxy's login into its URL: http://USER:PASSWORD@HOST:PORT";
constexpr const char* proxy_refuses_hint =
    "the proxy must allow this host and port; hosts to reach without it go into no_proxy";

/// An unknown name is nearly always a typo, but a name server may also be restarting.
constexpr unsigned tries_for_names = 2;

Fault transient(TransferFailure failure, std::string cause, unsigned tries, const char* hint) {
    Fault fault;
    fault.failure = failure;
    fault.cause = std::move(cause);
    fault.hint = hint;
    fault.tries = tries;
    return fault;
}

Fault permanent(TransferFailure failure, std::string cause, const char* hint) {
    return transient(failure, std::move(cause), 1, hint);
}

bool contains(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

std::string detail_of(const BrokenExchange& broken) {
    if (broken.detail.empty()) {
        return ::curl_easy_strerror(static_cast<CURLcode>(broken.code));
    }
    return base::printable(base::trim(broken.detail));
}

/// curl 7.88 doesn't tell whether it went through a proxy, yet its text names whom it tried:
/// "Failed to connect to HOST port PORT after …".
std::string tried_place(const std::string& detail, const std::string& fallback) {
    const std::vector<std::string_view> words = base::split_words(detail);
    const auto port = std::find(words.begin(), words.end(), "port");
    if (port == words.begin() || words.end() - port < 2) {
        return fallback;
    }
    return base::printable(std::string(*(port - 1)) + ":" + std::string(*(port + 1)));
}

Fault fault_of_connect(const BrokenExchange& broken, const Url& url, unsigned tries) {
    // curl writes addresses of IPv6 without their brackets.
    const bool has_brackets = url.host.size() > 2 && url.host.front() == '[';
    const std::string host = has_brackets ? url.host.substr(1, url.host.size() - 2) : url.host;
    const std::string server = host + ":" + url.effective_port();
    const std::string place = tried_place(broken.detail, server);
    const std::string why =
        broken.os_error != 0 ? std::strerror(broken.os_error) : detail_of(broken);
    // The data connections of ftp go to ports of their own.
    const bool is_proxy = place != server && url.scheme != "ftp";
    return transient(
        TransferFailure::unreachable,
        fmt::format("can't connect to {}{}: {}", is_proxy ? "the proxy " : "", place, why),
        tries,
        is_proxy ? proxy_hint : reach_hint);
}

Fault fault_of_name(const Url& url, bool of_proxy, unsigned tries) {
    Fault fault = transient(
        TransferFailure::unreachable,
        of_proxy ? "the proxy's host name can't be resolved"
                 : fmt::format("the host name {} can't be resolved", base::printable(url.host)),
        std::min(tries, tries_for_names),
        of_proxy ? proxy_hint
                 : "check the spelling; if this machine reaches it only through a proxy, set "
                   "http_proxy and https_proxy or give --proxy");
    fault.unresolved = true;
    return fault;
}

Fault fault_of_proxy_answer(long status, unsigned tries) {
    const std::string cause = base::join(
        {"the proxy answers", std::to_string(status), std::string(status_words(status))}, " ");
    const std::string trimmed(base::trim(cause));
    if (status >= 500) {
        return transient(TransferFailure::unreachable, trimmed, tries, "");
    }
    return permanent(
        TransferFailure::refused, trimmed, status == 407 ? proxy_login_hint : proxy_refuses_hint);
}

/// TLS before there is a connection: a cut line is worth another try, a disagreement is not.
Fault fault_of_handshake(const BrokenExchange& broken, unsigned tries) {
    const std::string cause = "the TLS connection fails: " + detail_of(broken);
    if (contains(broken.detail, "certificate required") ||
        contains(broken.detail, "handshake failure")) {
        return permanent(TransferFailure::refused, cause, client_certificate_hint);
    }
    if (contains(broken.detail, "SSL_ERROR_SYSCALL") || contains(broken.detail, "unexpected eof") ||
        contains(broken.detail, "reset by peer")) {
        return transient(TransferFailure::unreachable, cause, tries, "");
    }
    const bool speaks_plain = contains(broken.detail, "wrong version number");
    return permanent(
        TransferFailure::refused,
        cause,
        speaks_plain ? "the server doesn't seem to speak TLS there; is it meant to be http://?"
                     : "");
}

Fault fault_of_broken_line(const BrokenExchange& broken, unsigned tries) {
    if (contains(broken.detail, "certificate required") ||
        contains(broken.detail, "alert bad certificate")) {
        return permanent(
            TransferFailure::refused,
            "the TLS connection fails: " + detail_of(broken),
            client_certificate_hint);
    }
    return transient(
        TransferFailure::unreachable, "the connection broke: " + detail_of(broken), tries, "");
}

} // namespace

Fault fault_of_exchange(
    const BrokenExchange& broken, const Url& url, const ClientOptions& options) {
    const unsigned tries = options.tries;
    if (broken.connect_status >= 300) {
        return fault_of_proxy_answer(broken.connect_status, tries);
    }
    switch (broken.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return fault_of_name(url, false, tries);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return fault_of_name(url, true, tries);
    case CURLE_COULDNT_CONNECT:
        return fault_of_connect(broken, url, tries);
    case CURLE_OPERATION_TIMEDOUT:
        return transient(
            TransferFailure::timed_out,
            fmt::format(
                "no connection within {}",
                base::format_duration(static_cast<double>(options.connect_timeout.count()) / 1000)),
            tries,
            reach_hint);
    case CURLE_PEER_FAILED_VERIFICATION:
        return permanent(TransferFailure::refused, detail_of(broken), certificate_hint);
    case CURLE_SSL_CONNECT_ERROR:
        return fault_of_handshake(broken, tries);
    case CURLE_SSL_CERTPROBLEM:
        return permanent(
            TransferFailure::refused,
            "the client certificate can't be used: " + detail_of(broken),
            "it must be a PEM file, and its key must belong to it");
    case CURLE_FILE_COULDNT_READ_FILE:
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_FTP_COULDNT_RETR_FILE:
        return permanent(TransferFailure::not_found, "not found", missing_hint);
    case CURLE_LOGIN_DENIED:
        return permanent(TransferFailure::unauthorized, "the server refuses the login", "");
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_FTP_ACCEPT_TIMEOUT:
        return fault_of_broken_line(broken, tries);
    case CURLE_UNSUPPORTED_PROTOCOL:
        return permanent(
            TransferFailure::refused, detail_of(broken), "http, https, ftp and file can be used");
    default:
        return permanent(TransferFailure::refused, detail_of(broken), "");
    }
}

Fault fault_of_status(
    const ResponseHead& head,
    std::string_view body,
    const Url& url,
    const std::string& through_proxy,
    bool login_sent,
    const ClientOptions& options,
    std::int64_t now) {
    Fault fault;
    fault.status = head.status();
    fault.cause = std::to_string(head.status());
    const std::string_view words = status_words(head.status());
    if (!words.empty()) {
        fault.cause += " " + std::string(words);
    } else if (!head.reason().empty()) {
        fault.cause += " " + base::printable(head.reason());
    }
    const std::string excerpt = body_excerpt(body);
    if (!excerpt.empty()) {
        fault.cause += " (" + excerpt + ")";
    }
    switch (head.status()) {
    case 404:
    case 410:
        fault.failure = TransferFailure::not_found;
        fault.hint = missing_hint;
        return fault;
    case 401:
        fault.failure = TransferFailure::unauthorized;
        fault.hint =
            login_sent
                ? fmt::format("the login that is known for {} is not accepted", url.host)
                : fmt::format("add a login for {} to ~/.netrc or /etc/apt/auth.conf", url.host);
        return fault;
    case 403:
    case 451:
        fault.failure = TransferFailure::forbidden;
        fault.hint = "the server does not let this machine have it";
        if (!through_proxy.empty()) {
            fault.cause += fmt::format(", from the proxy {}", through_proxy);
            fault.hint = fmt::format(
                "the proxy must allow {}, unless it passed on the server's own answer; hosts to "
                "reach without it go into no_proxy",
                url.host);
        }
        return fault;
    case 407:
        fault.cause = "the proxy answers " + fault.cause;
        fault.hint = proxy_login_hint;
        return fault;
    default:
        break;
    }
    const bool not_possible = head.status() == 501 || head.status() == 505;
    const bool passing = head.status() == 408 || head.status() == 425 || head.status() == 429 ||
                         (head.status() >= 500 && !not_possible);
    if (passing) {
        fault.failure = TransferFailure::server_fault;
        fault.hint = busy_hint;
        fault.tries = options.tries;
        fault.retry_after = head.retry_after(now);
    }
    return fault;
}

Fault fault_of_stall(const ClientOptions& options) {
    return transient(
        TransferFailure::timed_out,
        fmt::format(
            "stalled: less than 100 bytes a second for {}",
            base::format_duration(static_cast<double>(options.stall_timeout.count()) / 1000)),
        options.tries,
        reach_hint);
}

std::string body_excerpt(std::string_view body) {
    constexpr std::size_t longest = 200;
    std::string text;
    bool in_tag = false;
    for (const char c : body) {
        if (c == '<') {
            in_tag = true;
        }
        text += in_tag ? ' ' : c;
        if (c == '>') {
            in_tag = false;
        }
    }
    std::string line;
    for (const std::string_view word : base::split_words(text)) {
        line += (line.empty() ? "" : " ") + base::printable(word);
        if (line.size() > longest) {
            // Never in the middle of a character.
            std::size_t end = longest;
            while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) {
                --end;
            }
            return line.substr(0, end) + "…";
        }
    }
    return line;
}

} // namespace imgbuild::net
