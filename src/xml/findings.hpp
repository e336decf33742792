// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"
#include "xml/cursor.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

/// Collects what is wrong with one file. Bounded, so that a hostile file can't fill the memory with
/// messages: what is found after the bound is counted only.
class Findings {
public:
    explicit Findings(std::string file, std::size_t limit = 1000);

    /// The diagnostic may be completed by the caller until the next call.
    base::Diagnostic&
    add(std::string_view code, Mark mark, std::string message, std::string hint = {});

    bool is_full() const { return diagnostics_.size() >= limit_; }

    bool empty() const { return diagnostics_.empty(); }

    base::Position position(Mark mark) const { return {file_, mark.line, mark.column}; }

    /// In the order of the file; each text at a place once. Leaves nothing behind.
    std::vector<base::Diagnostic> take();

private:
    std::string file_;
    std::size_t limit_;
    std::size_t left_out_ = 0;
    std::vector<base::Diagnostic> diagnostics_;
    base::Diagnostic surplus_;
};

} // namespace imgbuild::xml
