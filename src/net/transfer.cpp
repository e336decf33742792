// SPDX-License-Identifier: Apache-2.0
#include "net/transfer.hpp"

#include "base/cancel.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "net/retry.hpp"
#include "net/secrets.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <random>
#include <utility>

namespace imgbuild::net {

namespace {

constexpr unsigned redirect_limit = 10;
constexpr std::size_t error_body_limit = 4096;
/// Of a body that nobody wants; reading it to its end keeps the connection usable.
constexpr std::uint64_t unwanted_limit = 1'000'000;
/// A try that came that much further than all before it doesn't count: a large file may need many
/// tries over a bad line.
constexpr std::uint64_t worthwhile_progress = 1'000'000;

bool is_redirect(const ResponseHead& head) {
    const long status = head.status();
    const bool redirects = (status >= 301 && status <= 303) || status == 307 || status == 308;
    return redirects && !head.field("location").empty();
}

double random_fraction() {
    // Only spreads waiting times.
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(generator);
}

} // namespace

Transfer::Transfer(
    const Shared& shared,
    Request request,
    Sink& sink,
    std::function<void(const Response&)> on_complete,
    TransferReport& report)
    : shared_(shared)
    , request_(std::move(request))
    , sink_(sink)
    , on_complete_(std::move(on_complete))
    , report_(report)
    , first_url_(require_url(request_.url))
    , origin_(first_url_.origin())
    , url_(first_url_)
    , written_(request_.offset) {
    report_.done += written_;
}

Transfer::~Transfer() {
    if (part_) {
        part_->mark_failed();
    }
}

std::optional<Credentials> Transfer::credentials() const {
    const bool at_first_server = url_.origin() == origin_;
    if (at_first_server && request_.credentials) {
        return request_.credentials;
    }
    if (at_first_server && first_url_.has_user) {
        return Credentials{first_url_.user, first_url_.password};
    }
    // A redirect must not talk us out of a login that no file gives to that very host.
    return shared_.credentials.find(url_, at_first_server);
}

Exchange::Question Transfer::question() const {
    Exchange::Question question{
        url_, request_.method, request_.body, request_.time_limit, {}, credentials()};
    const bool at_first_server = url_.origin() == origin_;
    for (const std::string& line : request_.headers) {
        if (at_first_server || !is_credential_header(line)) {
            question.headers.push_back(line);
        }
    }
    if (written_ > 0 && request_.is_immutable) {
        question.headers.push_back(fmt::format("Range: bytes={}-", written_));
        return question;
    }
    if (written_ > 0 && !validator_.empty()) {
        question.headers.push_back(fmt::format("Range: bytes={}-", written_));
        question.headers.push_back("If-Range: " + validator_);
        return question;
    }
    if (!request_.if_none_match.empty()) {
        question.headers.push_back("If-None-Match: " + request_.if_none_match);
    }
    if (!request_.if_modified_since.empty()) {
        question.headers.push_back("If-Modified-Since: " + request_.if_modified_since);
    }
    return question;
}

Exchange& Transfer::start() {
    if (report_.lists_parts && !part_) {
        part_ = std::make_unique<base::Activity>(
            report_.reporter,
            base::ActivityInfo{
                base::ActivityKind::transfer,
                request_.title.empty() ? default_title(request_.url) : request_.title,
                "bytes",
                request_.expected_size.value_or(0),
                report_.whole.id()});
    }
    head_ = ResponseHead();
    body_ = Body::ignored;
    error_body_.clear();
    unwanted_ = 0;
    fault_.reset();
    exchange_.reset();
    started_ = std::chrono::steady_clock::now();
    if (url_.scheme == "file") {
        require_regular_file();
    }
    ExchangeHandler& handler = *this;
    exchange_ = std::make_unique<Exchange>(shared_.settings, question(), handler);
    if (url_.scheme == "ftp" || url_.scheme == "file") {
        // They have no head, and always begin at the start.
        body_ = Body::content;
        start_over();
    }
    return *exchange_;
}

/// A fifo would wait for whoever writes to it, and a device may never end.
void Transfer::require_regular_file() const {
    struct stat status = {};
    if (::stat(percent_decode(url_.path).c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
        Fault fault;
        fault.cause = "is no regular file";
        throw_fault(fault);
    }
}

void Transfer::start_over() {
    validator_.clear();
    if (written_ == 0) {
        return;
    }
    sink_.restart();
    report_.done -= written_;
    written_ = 0;
    report_.whole.set_done(report_.done);
    if (part_) {
        part_->set_done(0);
    }
}

bool Transfer::on_head(const ResponseHead& head) {
    head_ = head;
    body_ = Body::error;
    if (is_redirect(head)) {
        body_ = Body::ignored;
        return true;
    }
    switch (head.status()) {
    case 200:
    case 203:
        return take_whole(head);
    case 206:
        return take_rest(head);
    case 304:
        body_ = Body::ignored;
        return true;
    default:
        return true;
    }
}

bool Transfer::take_whole(const ResponseHead& head) {
    start_over();
    validator_ = head.resume_validator();
    whole_fields_ = head.fields();
    body_ = Body::content;
    const std::optional<std::uint64_t> size = head.content_length();
    if (size && !fits(*size)) {
        return false;
    }
    if (size && request_.expected_size && *size < *request_.expected_size) {
        return give_up_try(
            TransferFailure::wrong_size,
            fmt::format("is {} bytes, expected {}", *size, *request_.expected_size));
    }
    if (size) {
        base::Activity* const own = report_.lists_parts ? part_.get() : &report_.whole;
        own->set_total(*size);
    }
    return true;
}

bool Transfer::take_rest(const ResponseHead& head) {
    const std::optional<ContentRange> range = ContentRange::parse(head.field("content-range"));
    const bool continues = written_ > 0 && range && range->first == written_ &&
                           (request_.is_immutable || head.resume_validator() == validator_);
    if (!continues) {
        // What is in the sink can't be trusted any more.
        validator_.clear();
        return give_up_try(
            TransferFailure::unreachable,
            "the server continues with other bytes than those asked for");
    }
    body_ = Body::content;
    return !range->total || fits(*range->total);
}

bool Transfer::fits(std::uint64_t size) {
    if (request_.expected_size && size > *request_.expected_size) {
        return give_up_try(
            TransferFailure::wrong_size,
            fmt::format("is larger than the expected {} bytes", *request_.expected_size));
    }
    if (size > request_.size_limit) {
        give_up_try(
            TransferFailure::wrong_size,
            fmt::format("is larger than the allowed {} bytes", request_.size_limit));
        fault_->tries = 1;
        return false;
    }
    return true;
}

bool Transfer::give_up_try(TransferFailure failure, std::string cause) {
    Fault fault;
    fault.failure = failure;
    fault.cause = std::move(cause);
    fault.tries = shared_.settings.options.tries;
    fault.status = head_.status();
    fault_ = std::move(fault);
    return false;
}

bool Transfer::on_body(std::span<const std::byte> bytes) {
    // A file on a disk comes all at once, so the engine has no time to look.
    base::throw_if_stopped(report_.stop);
    if (body_ != Body::content) {
        return pass_over(bytes);
    }
    if (!fits(written_ + bytes.size())) {
        validator_.clear();
        return false;
    }
    sink_.write(bytes);
    written_ += bytes.size();
    report_.done += bytes.size();
    report_.whole.set_done(report_.done);
    if (part_) {
        part_->set_done(written_);
    }
    return true;
}

bool Transfer::pass_over(std::span<const std::byte> bytes) {
    if (body_ == Body::error) {
        const std::size_t room = error_body_limit - error_body_.size();
        error_body_.append(
            reinterpret_cast<const char*>(bytes.data()), std::min(room, bytes.size()));
    }
    unwanted_ += bytes.size();
    return unwanted_ <= unwanted_limit;
}

Transfer::Verdict Transfer::finish(int code) {
    if (const std::exception_ptr parked = exchange_->parked()) {
        std::rethrow_exception(parked);
    }
    if (fault_) {
        return fail(*fault_);
    }
    if (ran_out_of_time(code)) {
        give_up_try(
            TransferFailure::timed_out,
            fmt::format(
                "not complete after {}",
                base::format_duration(static_cast<double>(request_.time_limit.count()) / 1000)));
        fault_->tries = 1;
        return fail(*fault_);
    }
    const bool cut_by_us = unwanted_ > unwanted_limit;
    if (code != CURLE_OK && !cut_by_us) {
        return fail(fault_of_exchange(exchange_->describe(code), url_, shared_.settings.options));
    }
    if (is_redirect(head_)) {
        follow_redirect(exchange_->redirect_target());
        return {Verdict::Next::again};
    }
    const bool asked_if_changed =
        !request_.if_none_match.empty() || !request_.if_modified_since.empty();
    if (body_ == Body::content || (head_.status() == 304 && asked_if_changed)) {
        return complete();
    }
    if (head_.status() == 416 && written_ > 0) {
        start_over();
        return {Verdict::Next::again};
    }
    return fail(fault_of_answer());
}

bool Transfer::ran_out_of_time(int code) const {
    return code == CURLE_OPERATION_TIMEDOUT && request_.time_limit.count() > 0 &&
           std::chrono::steady_clock::now() - started_ >= request_.time_limit;
}

Fault Transfer::fault_of_answer() const {
    const std::optional<Credentials> login = credentials();
    Fault fault = fault_of_status(
        head_,
        hide_secrets(error_body_, login, request_.headers),
        url_,
        exchange_->proxy(),
        login.has_value(),
        shared_.settings.options,
        base::now());
    const std::vector<std::string>& unreadable = shared_.credentials.unreadable();
    if (fault.failure == TransferFailure::unauthorized && !login && !unreadable.empty()) {
        fault.hint +=
            fmt::format("; {} may not be read by this user", base::join(unreadable, ", "));
    }
    return fault;
}

Transfer::Verdict Transfer::finish_stalled() {
    return fail(fault_of_stall(shared_.settings.options));
}

void Transfer::follow_redirect(const std::string& target) {
    Fault fault;
    fault.status = head_.status();
    const std::optional<Url> next = Url::parse(target);
    if (++redirects_ > redirect_limit) {
        fault.cause = fmt::format("more than {} redirects", redirect_limit);
        throw_fault(fault);
    }
    if (request_.method == Method::post) {
        fault.cause = "answers a POST by a redirect, which is not followed";
        throw_fault(fault);
    }
    const bool is_web = next && (next->scheme == "http" || next->scheme == "https");
    if (!is_web || (url_.scheme == "https" && next->scheme != "https")) {
        fault.cause = fmt::format(
            "redirects to {}, which is not followed",
            without_secrets(target.empty() ? head_.field("location") : target));
        fault.hint = is_web && next->scheme == "http"
                         ? "a server that is asked by https must not send on to http"
                         : "";
        throw_fault(fault);
    }
    url_ = *next;
    // A login in a redirect would be the server's word against ours.
    url_.has_user = false;
}

Transfer::Verdict Transfer::complete() {
    if (body_ == Body::content && request_.expected_size && written_ != *request_.expected_size) {
        validator_.clear();
        give_up_try(
            TransferFailure::wrong_size,
            fmt::format("is {} bytes, expected {}", written_, *request_.expected_size));
        return fail(*fault_);
    }
    if (head_.status() == 304) {
        start_over();
    }
    Response response;
    response.status = head_.status();
    response.headers = head_.fields();
    if (head_.status() == 206) {
        // The answer to the first try described the whole.
        response.headers.erase("content-length");
        response.headers.merge(whole_fields_);
    }
    response.final_url = url_.without_user();
    response.size = written_;
    exchange_.reset();
    if (on_complete_) {
        on_complete_(response);
    }
    part_.reset();
    return {Verdict::Next::done};
}

Transfer::Verdict Transfer::fail(const Fault& fault) {
    if (written_ >= furthest_ + worthwhile_progress) {
        failed_tries_ = 0;
    }
    furthest_ = std::max(furthest_, written_);
    ++failed_tries_;
    if (failed_tries_ >= fault.tries) {
        throw_fault(fault);
    }
    // The next try asks the first server again: what it redirected to may have expired.
    url_ = first_url_;
    redirects_ = 0;
    return {
        Verdict::Next::again,
        retry_delay(
            shared_.settings.options.retry_delay,
            failed_tries_,
            random_fraction(),
            fault.retry_after)};
}

void Transfer::throw_fault(const Fault& fault) const {
    std::string cause = fault.cause;
    if (url_.without_user() != first_url_.without_user()) {
        cause = fmt::format("redirected to {}: {}", without_secrets(url_.without_user()), cause);
    }
    if (failed_tries_ > 1) {
        cause += fmt::format(" (tried {} times)", failed_tries_);
    }
    TransferError error(fault.failure, request_.url, fault.status, cause);
    error.set_refusal({head_.fields(), hide_secrets(error_body_, credentials(), request_.headers)});
    error.set_hint(fault.hint);
    if (fault.unresolved) {
        error.set_exit_code(base::ExitCode::fetch);
    }
    throw error;
}

} // namespace imgbuild::net
