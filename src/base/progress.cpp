// SPDX-License-Identifier: Apache-2.0
#include "base/progress.hpp"

#include <chrono>
#include <exception>

namespace imgbuild::base {

namespace {

std::uint64_t nanoseconds_now() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          std::chrono::steady_clock::now().time_since_epoch())
                                          .count());
}

} // namespace

std::string_view name_of(LogLevel level) {
    switch (level) {
    case LogLevel::debug:
        return "debug";
    case LogLevel::info:
        return "info";
    case LogLevel::warning:
        return "warning";
    case LogLevel::error:
        return "error";
    }
    return {};
}

std::string_view name_of(Outcome outcome) {
    switch (outcome) {
    case Outcome::done:
        return "done";
    case Outcome::cached:
        return "cached";
    case Outcome::failed:
        return "failed";
    }
    return {};
}

Activity::Activity(Reporter& reporter, const ActivityInfo& info)
    : reporter_(reporter)
    , id_(reporter.started(info))
    , total_(info.total)
    , exceptions_at_start_(std::uncaught_exceptions())
    , start_nanoseconds_(nanoseconds_now()) {}

Activity::~Activity() {
    const bool failed = std::uncaught_exceptions() > exceptions_at_start_;
    reporter_.finished(id_, failed ? Outcome::failed : outcome_.load(), seconds());
}

void Activity::set_total(std::uint64_t total) noexcept {
    total_ = total;
    reporter_.advanced(id_, done_, total);
}

void Activity::advance(std::uint64_t amount) noexcept {
    const std::uint64_t done = done_.fetch_add(amount) + amount;
    reporter_.advanced(id_, done, total_);
}

void Activity::set_done(std::uint64_t done) noexcept {
    done_ = done;
    reporter_.advanced(id_, done, total_);
}

double Activity::seconds() const noexcept {
    return static_cast<double>(nanoseconds_now() - start_nanoseconds_) / 1e9;
}

} // namespace imgbuild::base
