// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace imgbuild::cli {

/// Lines of cells in columns as wide as they have to be. Cells may hold anything; they are escaped.
class Table {
public:
    /// @param right_aligned the numbers of the columns that hold figures.
    explicit Table(std::vector<std::string> titles, std::vector<std::size_t> right_aligned = {});

    void add(std::vector<std::string> cells);

    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
    std::vector<std::size_t> right_aligned_;
};

} // namespace imgbuild::cli
