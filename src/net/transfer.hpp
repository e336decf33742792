// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"
#include "net/client.hpp"
#include "net/credential_file.hpp"
#include "net/exchange.hpp"
#include "net/fault.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

namespace imgbuild::net {

/// How the transfers of one call report what they did. Used on the engine's thread.
struct TransferReport {
    base::Reporter& reporter;
    /// Covers all transfers of the call.
    base::Activity& whole;
    /// There are several: each gets an activity of its own, below `whole`.
    bool lists_parts = false;
    std::stop_token stop = {};
    std::uint64_t done = 0;
};

/// One request on its way through redirects, broken exchanges and further tries. Knows nothing of the
/// multi handle and of time: the engine starts its exchanges, waits, and tells it how they ended.
/// Used on one thread.
class Transfer final : private ExchangeHandler {
public:
    struct Shared {
        ExchangeSettings settings;
        CredentialStore credentials;
    };

    /// @param shared, sink, report outlive the transfer. @throws TransferError if the URL is none.
    Transfer(
        const Shared& shared,
        Request request,
        Sink& sink,
        std::function<void(const Response&)> on_complete,
        TransferReport& report);
    ~Transfer() override;

    /// The server that it burdens; see `Url::origin`.
    const std::string& origin() const { return origin_; }

    /// Makes the next exchange, to be driven by the engine until `finish`.
    Exchange& start();

    struct Verdict {
        enum class Next {
            /// Complete; `on_complete` was called.
            done,
            /// Call `start` after `delay`.
            again,
        };

        Next next = Next::done;
        std::chrono::milliseconds delay{0};
    };

    /// The exchange ended with this CURLcode. Its handle must be out of the multi handle by now.
    /// @throws TransferError if there is no hope; whatever sink and `on_complete` throw.
    Verdict finish(int code);

    /// The engine ended the exchange since too little came.
    Verdict finish_stalled();

    std::uint64_t bytes_seen() const { return exchange_->bytes_seen(); }

private:
    /// What the body that comes now is.
    enum class Body { ignored, content, error };

    bool on_head(const ResponseHead& head) override;
    bool on_body(std::span<const std::byte> bytes) override;

    bool take_whole(const ResponseHead& head);
    bool take_rest(const ResponseHead& head);
    /// Bytes that are no content. @returns false if it is enough of them.
    bool pass_over(std::span<const std::byte> bytes);
    bool fits(std::uint64_t size);
    Exchange::Question question() const;
    std::optional<Credentials> credentials() const;
    void require_regular_file() const;
    void start_over();
    void follow_redirect(const std::string& target);
    Verdict complete();
    Fault fault_of_answer() const;
    Verdict fail(const Fault& fault);
    bool ran_out_of_time(int code) const;
    bool give_up_try(TransferFailure failure, std::string cause);
    [[noreturn]] void throw_fault(const Fault& fault) const;

    const Shared& shared_;
    const Request request_;
    Sink& sink_;
    std::function<void(const Response&)> on_complete_;
    TransferReport& report_;
    std::unique_ptr<base::Activity> part_;

    const Url first_url_;
    const std::string origin_;
    Url url_;
    unsigned redirects_ = 0;
    unsigned failed_tries_ = 0;

    std::chrono::steady_clock::time_point started_;
    std::unique_ptr<Exchange> exchange_;
    ResponseHead head_;
    Body body_ = Body::ignored;
    std::string error_body_;
    /// Bytes of the present exchange that were passed over.
    std::uint64_t unwanted_ = 0;
    /// Set by the callbacks when they end the exchange.
    std::optional<Fault> fault_;

    /// Bytes that the sink holds.
    std::uint64_t written_ = 0;
    /// What the bytes in the sink belong to; "": they can't be continued.
    std::string validator_;
    /// The headers that came with them.
    std::map<std::string, std::string> whole_fields_;
    /// The most that any try got to.
    std::uint64_t furthest_ = 0;
};

} // namespace imgbuild::net
