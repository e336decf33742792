// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "base/position.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgbuild::base {

enum class Severity { error, warning, note };

/// One finding about a file that the user wrote.
struct Diagnostic {
    Severity severity = Severity::error;
    /// Stable identifier of the kind of finding, such as "E101".
    std::string code;
    /// What is wrong, naming the thing; no trailing full stop.
    std::string message;
    Position position;
    /// Last column (inclusive) of what is meant on the position's line; 0 if only its start is known.
    int end_column = 0;
    /// What to write instead; empty if nothing useful can be said.
    std::string hint;
    /// Another place that explains this one, with its text, such as "first defined here".
    std::optional<Position> related;
    std::string related_message;
};

/// The description can't be used; carries everything that was found, in the order of the file.
class DescriptionError : public ErrorKind<DescriptionError> {
public:
    explicit DescriptionError(std::vector<Diagnostic> diagnostics);

    const std::vector<Diagnostic>& diagnostics() const noexcept { return diagnostics_; }

private:
    std::vector<Diagnostic> diagnostics_;
};

bool has_errors(const std::vector<Diagnostic>& diagnostics);

} // namespace imgbuild::base
