// SPDX-License-Identifier: Apache-2.0
#include "net/client.hpp"

#include "base/progress.hpp"
#include "net/engine.hpp"
#include "net/string_sink.hpp"
#include "net/transfer.hpp"
#include "net/url.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace imgbuild::net {

namespace {

base::ExitCode exit_code_of(TransferFailure failure) {
    switch (failure) {
    case TransferFailure::unreachable:
    case TransferFailure::timed_out:
    case TransferFailure::server_fault:
        return base::ExitCode::retryable;
    default:
        return base::ExitCode::fetch;
    }
}

/// curl's own start-up, once a process; it stays, since other threads may still use it at the end.
void start_curl() {
    static const CURLcode code = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        throw base::Error(fmt::format("starting libcurl: {}", ::curl_easy_strerror(code)));
    }
}

/// The sum of the expected sizes; 0 if one is not known.
std::uint64_t total_size(const std::vector<Client::Job>& jobs) {
    const bool all_known = std::all_of(jobs.begin(), jobs.end(), [](const Client::Job& job) {
        return job.request.expected_size.has_value();
    });
    if (!all_known) {
        return 0;
    }
    return std::accumulate(
        jobs.begin(), jobs.end(), std::uint64_t{0}, [](std::uint64_t sum, const Client::Job& job) {
            return sum + *job.request.expected_size;
        });
}

} // namespace

TransferError::TransferError(
    TransferFailure failure, std::string_view url, long status, const std::string& cause)
    : ErrorKind(fmt::format("{}: {}", without_secrets(url), cause), exit_code_of(failure))
    , failure_(failure)
    , url_(without_secrets(url))
    , status_(status) {}

struct Client::State {
    explicit State(ClientOptions options)
        : shared{make_exchange_settings(std::move(options)), CredentialStore(shared.settings.options.credential_files)}
        , engine(shared.settings.options) {}

    Transfer::Shared shared;
    Engine engine;
};

Client::Client(ClientOptions options) {
    start_curl();
    state_ = std::make_unique<State>(std::move(options));
}

Client::~Client() = default;

Response Client::fetch(const Request& request, Sink& sink, const base::Context& context) {
    base::Activity activity(
        context.reporter,
        {base::ActivityKind::transfer,
         request.title.empty() ? default_title(request.url) : request.title,
         "bytes",
         request.expected_size.value_or(0),
         context.parent_activity});
    TransferReport report{context.reporter, activity, false, context.stop};
    Response response;
    std::vector<std::unique_ptr<Transfer>> transfers;
    transfers.push_back(std::make_unique<Transfer>(
        state_->shared,
        request,
        sink,
        [&response](const Response& arrived) { response = arrived; },
        report));
    state_->engine.run(std::move(transfers), context.stop);
    return response;
}

std::pair<Response, std::string>
Client::fetch_text(const Request& request, std::size_t limit, const base::Context& context) {
    Request limited = request;
    limited.size_limit = std::min<std::uint64_t>(limited.size_limit, limit);
    StringSink sink;
    Response response = fetch(limited, sink, context);
    return {std::move(response), sink.take()};
}

void Client::fetch_all(
    std::vector<Job> jobs, const std::string& title, const base::Context& context) {
    if (jobs.empty()) {
        return;
    }
    base::Activity activity(
        context.reporter,
        {base::ActivityKind::transfer, title, "bytes", total_size(jobs), context.parent_activity});
    TransferReport report{context.reporter, activity, true, context.stop};
    std::vector<std::unique_ptr<Transfer>> transfers;
    transfers.reserve(jobs.size());
    for (Job& job : jobs) {
        // The sink lives as long as what is called when it is complete.
        const std::shared_ptr<Sink> sink = std::move(job.sink);
        transfers.push_back(std::make_unique<Transfer>(
            state_->shared,
            std::move(job.request),
            *sink,
            [sink, complete = std::move(job.on_complete)](const Response& response) {
                if (complete) {
                    complete(response);
                }
            },
            report));
    }
    state_->engine.run(std::move(transfers), context.stop);
}

} // namespace imgbuild::net
