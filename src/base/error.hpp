// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The one error tree of imgbuild. An error is thrown where it happens, gets context from each layer
 * that knows more (`add_context`, outermost first), and is printed once, in `main`.
 *
 * A new class is made only where some catch site must tell it from the others.
 */
#pragma once

#include "base/exit_code.hpp"
#include "base/position.hpp"

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::base {

/// Base of every error that imgbuild throws on purpose.
class Error : public std::exception {
public:
    /// @param message what went wrong, naming the object; no trailing full stop, no newline.
    explicit Error(std::string message, ExitCode code = ExitCode::system);

    /// The message with its context: "outer: inner: message".
    const char* what() const noexcept override { return text_.c_str(); }

    const std::string& message() const noexcept { return message_; }

    /// What was being done, outermost first.
    const std::vector<std::string>& context() const noexcept { return context_; }

    const std::optional<Position>& position() const noexcept { return position_; }

    /// What the user can do about it; empty if nothing useful can be said.
    const std::string& hint() const noexcept { return hint_; }

    /// More lines that belong to the error, such as a failed command's last output.
    const std::vector<std::string>& details() const noexcept { return details_; }

    ExitCode exit_code() const noexcept { return exit_code_; }

    /// Puts `what_was_done` in front of the context.
    Error& add_context(std::string what_was_done);

    /// Sets the place in the user's file, unless an inner layer knew a better one.
    Error& at(const Position& position);

    Error& set_hint(std::string hint);
    Error& set_details(std::vector<std::string> lines);
    Error& set_exit_code(ExitCode code);

private:
    void render();

    std::string message_;
    std::vector<std::string> context_;
    std::optional<Position> position_;
    std::string hint_;
    std::vector<std::string> details_;
    ExitCode exit_code_;
    std::string text_;
};

/// Lets `throw UsageError(…).set_hint(…)` throw a UsageError: the setters of a class derived from this
/// return that class, where those of Error would have it thrown as a mere Error.
template <typename Kind>
class ErrorKind : public Error {
public:
    using Error::Error;

    Kind& at(const Position& position) { return itself(Error::at(position)); }

    Kind& set_hint(std::string hint) { return itself(Error::set_hint(std::move(hint))); }

    Kind& set_details(std::vector<std::string> lines) {
        return itself(Error::set_details(std::move(lines)));
    }

    Kind& set_exit_code(ExitCode code) { return itself(Error::set_exit_code(code)); }

private:
    static Kind& itself(Error& error) { return static_cast<Kind&>(error); }
};

/// The command line or a configuration file asks for something that makes no sense.
class UsageError : public ErrorKind<UsageError> {
public:
    explicit UsageError(std::string message);
};

/// A system call failed.
class SystemError : public ErrorKind<SystemError> {
public:
    /// @param error_number the `errno` of the failed call, read before anything else could change it.
    /// @param what_was_done "opening /some/path"; the cause is appended from `error_number`.
    SystemError(int error_number, const std::string& what_was_done);

    int error_number() const noexcept { return error_number_; }

private:
    int error_number_;
};

/// Bytes are not the ones that were promised.
class IntegrityError : public ErrorKind<IntegrityError> {
public:
    /// @param object what was checked; @param wanted, found its digests or sizes, printable.
    IntegrityError(const std::string& object, std::string wanted, std::string found);

    const std::string& wanted() const noexcept { return wanted_; }

    const std::string& found() const noexcept { return found_; }

private:
    std::string wanted_;
    std::string found_;
};

/// Throws SystemError with the current errno.
[[noreturn]] void throw_errno(const std::string& what_was_done);

/// Runs `action`; an Error that leaves it gets the text of `describe()` as outer context.
/// The same object travels on, so its class is kept.
template <typename Describe, typename Action>
decltype(auto) with_context(const Describe& describe, const Action& action) {
    try {
        return action();
    } catch (Error& error) {
        error.add_context(describe());
        throw;
    }
}

} // namespace imgbuild::base
