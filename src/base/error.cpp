// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace imgbuild::base {

std::string to_string(const Position& position) {
    if (position.line == 0) {
        return position.file;
    }
    if (position.column == 0) {
        return fmt::format("{}:{}", position.file, position.line);
    }
    return fmt::format("{}:{}:{}", position.file, position.line, position.column);
}

Error::Error(std::string message, ExitCode code)
    : message_(std::move(message))
    , exit_code_(code) {
    render();
}

void Error::render() {
    text_.clear();
    for (const std::string& step : context_) {
        text_ += step;
        text_ += ": ";
    }
    text_ += message_;
}

Error& Error::add_context(std::string what_was_done) {
    context_.insert(context_.begin(), std::move(what_was_done));
    render();
    return *this;
}

Error& Error::at(const Position& position) {
    if (!position_) {
        position_ = position;
    }
    return *this;
}

Error& Error::set_hint(std::string hint) {
    hint_ = std::move(hint);
    return *this;
}

Error& Error::set_details(std::vector<std::string> lines) {
    details_ = std::move(lines);
    return *this;
}

Error& Error::set_exit_code(ExitCode code) {
    exit_code_ = code;
    return *this;
}

UsageError::UsageError(std::string message)
    : ErrorKind(std::move(message), ExitCode::usage) {}

SystemError::SystemError(int error_number, const std::string& what_was_done)
    : ErrorKind(fmt::format("{}: {}", what_was_done, std::strerror(error_number)))
    , error_number_(error_number) {
    if (error_number == ENOSPC || error_number == EDQUOT) {
        set_hint("free some space there, or choose another place with --store or --target-dir");
    }
}

IntegrityError::IntegrityError(const std::string& object, std::string wanted, std::string found)
    : ErrorKind(fmt::format("{}: expected {}, found {}", object, wanted, found), ExitCode::fetch)
    , wanted_(std::move(wanted))
    , found_(std::move(found)) {}

void throw_errno(const std::string& what_was_done) {
    const int error_number = errno;
    throw SystemError(error_number, what_was_done);
}

} // namespace imgbuild::base
