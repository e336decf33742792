// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"
#include "description/request.hpp"

#include <string>
#include <vector>

namespace imgbuild::description {

/// Collects what is found about one description.
class Findings {
public:
    /// @param where the word that is meant and its place.
    /// @returns the new finding, for a hint or a related place; valid until the next one is added.
    base::Diagnostic& error(std::string code, std::string message, const NamedItem& where);
    base::Diagnostic& warning(std::string code, std::string message, const NamedItem& where);
    base::Diagnostic& note(std::string code, std::string message, const NamedItem& where);

    /// In the order of the file, each included one by itself; what is not in a file (the command line)
    /// first.
    std::vector<base::Diagnostic> take_sorted();

private:
    base::Diagnostic&
    add(base::Severity severity, std::string code, std::string message, const NamedItem& where);

    std::vector<base::Diagnostic> diagnostics_;
};

/// A word of the command line: its place is the option, without a line.
NamedItem option_word(const std::string& option, const std::string& value);

} // namespace imgbuild::description
