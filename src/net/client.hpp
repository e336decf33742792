// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Transfers over http, https, ftp and file. All bytes that imgbuild gets from outside come through
 * here: proxies, private CAs and credentials are honoured in one place, and no secret is ever part of
 * a message.
 */
#pragma once

#include "base/context.hpp"
#include "base/error.hpp"
#include "crypto/digest.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::net {

enum class TransferFailure {
    /// The server can't be reached, or the connection broke, and retrying did not help.
    unreachable,
    timed_out,
    not_found,
    unauthorized,
    forbidden,
    /// 5xx or 429 until the last try.
    server_fault,
    /// Larger or smaller than the request expects, or above its limit.
    wrong_size,
    /// The certificate, the proxy, the protocol, anything else that trying again won't mend.
    refused,
};

/// What a server said when it refused.
struct Refusal {
    /// As in Response.
    std::map<std::string, std::string> headers;
    /// Its start, as it came but without the secrets that were sent.
    std::string body;
};

/// A transfer failed. The message names the URL without secrets, the server's answer and the start of
/// its error body. Exit code: `retryable` for unreachable, timed_out and server_fault, else `fetch`; a
/// host name that can't be resolved is unreachable too, but `fetch`, since most often it is a typo.
class TransferError : public base::ErrorKind<TransferError> {
public:
    /// @param url secrets are taken out of it; @param cause follows it in the message.
    TransferError(
        TransferFailure failure, std::string_view url, long status, const std::string& cause);

    TransferFailure failure() const noexcept { return failure_; }

    /// Without user, password and query secrets.
    const std::string& url() const noexcept { return url_; }

    /// The HTTP status; 0 if there was no answer.
    long status() const noexcept { return status_; }

    /// Empty if there was no answer.
    const Refusal& refusal() const noexcept { return refusal_; }

    void set_refusal(Refusal refusal) { refusal_ = std::move(refusal); }

private:
    TransferFailure failure_;
    std::string url_;
    long status_;
    Refusal refusal_;
};

struct Credentials {
    std::string user;
    std::string password;
};

/// Where a transfer's bytes go. Called on the client's thread.
class Sink {
public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;

    virtual void write(std::span<const std::byte> bytes) = 0;

    /// The transfer starts over; what was written so far is void.
    virtual void restart() = 0;
};

enum class Method {
    get,
    /// Only the headers come.
    head,
    /// Sends `Request::body`; redirects are not followed.
    post,
};

struct Request {
    std::string url;
    Method method = Method::get;
    std::string body;
    /// Extra header lines, such as "Accept: …".
    std::vector<std::string> headers;
    /// Used instead of what netrc, auth.conf or the URL itself say.
    std::optional<Credentials> credentials;
    /// Conditional request: what a former answer's headers said.
    std::string if_none_match;
    std::string if_modified_since;
    /// Checked as the bytes come in: more than that ends the transfer.
    std::optional<std::uint64_t> expected_size;
    /// More than that ends the transfer when the size is not known beforehand.
    std::uint64_t size_limit = std::uint64_t{1} << 40U;
    /// The URL always gives the same bytes: continued without asking whether they have changed.
    bool is_immutable = false;
    /// The sink holds that many bytes already; only with `is_immutable`.
    std::uint64_t offset = 0;
    /// A try that takes longer fails for good; 0: it may take as long as bytes come.
    std::chrono::milliseconds time_limit{0};
    /// What the progress line calls it; default: the URL's last part.
    std::string title;
};

struct Response {
    /// 200, 206 or 304; 0 for file:// and ftp.
    long status = 0;
    /// Header names in lower case; of repeated ones the last, but all www-authenticate ones joined.
    std::map<std::string, std::string> headers;
    /// After redirects; without user and password, but its query may hold a token.
    std::string final_url;
    std::uint64_t size = 0;

    bool not_modified() const { return status == 304; }
};

struct ClientOptions {
    /// "": from the environment (http_proxy, https_proxy, all_proxy, no_proxy).
    std::string proxy;
    std::string no_proxy;
    /// More certificate authorities (PEM file), besides the system's.
    std::string ca_file;
    std::vector<std::string> more_ca_files;
    /// False: any certificate will do, expired, for another name or of an unknown authority.
    bool verify_server = true;
    std::string client_certificate;
    std::string client_key;
    /// netrc-like files, first match wins: netrc, then apt's auth.conf and auth.conf.d/*.conf. In
    /// files called *.conf entries without a scheme are for https only, as apt has it. Missing files
    /// are fine.
    std::vector<std::string> credential_files;
    /// At the same time to one server.
    unsigned connections = 8;
    unsigned tries = 5;
    std::chrono::milliseconds connect_timeout{15'000};
    /// A transfer slower than 100 bytes a second for this long is given up (and tried again).
    std::chrono::milliseconds stall_timeout{30'000};
    /// First waiting time before another try; doubles, up to 30 s. Retry-After wins.
    std::chrono::milliseconds retry_delay{1'000};
    std::string user_agent = "imgbuild";
    /// A socket of this machine that everything goes to, whatever host a URL names. Empty: none.
    std::string unix_socket;
};

/// A pool of connections. One transfer engine on one thread of its own; members may be called from
/// several threads at once, but not by sinks and `on_complete`: those run on the engine's thread.
/// A login goes to the server that it is meant for and never along with a redirect to another one.
class Client {
public:
    /// @throws base::Error if `ca_file` or a credential file can't be used.
    explicit Client(ClientOptions options);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    /// Transfers into `sink`, resumed by range and tried again on transient failures.
    /// @throws TransferError; base::Interrupted; whatever the sink throws.
    Response fetch(const Request& request, Sink& sink, const base::Context& context);

    /// A small document as text, at most `limit` bytes.
    std::pair<Response, std::string>
    fetch_text(const Request& request, std::size_t limit, const base::Context& context);

    struct Job {
        Request request;
        std::unique_ptr<Sink> sink;
        /// Called when the bytes are complete, in no particular order, on the client's thread; the
        /// sink is destroyed right after it. May be empty; what it throws ends `fetch_all`.
        std::function<void(const Response&)> on_complete;
    };

    /// Many transfers side by side, started in the given order. The first failure ends all of them and
    /// is thrown. One progress activity with bytes done and total covers the whole.
    void fetch_all(std::vector<Job> jobs, const std::string& title, const base::Context& context);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The URL without user, password and anything that looks like a token; for messages, logs and keys.
std::string without_secrets(std::string_view url);

} // namespace imgbuild::net
