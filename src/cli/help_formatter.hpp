// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace CLI {
class FormatterBase;
} // namespace CLI

namespace imgbuild::cli {

/// Lays out --help: descriptions wrapped beside their options, the options of every verb also in the
/// help of each.
/// @param columns of the terminal. @param words what the usage line ends with besides the declared arguments.
std::shared_ptr<CLI::FormatterBase>
make_help_formatter(std::size_t columns, std::string words = {});

/// Columns of standard output if it is a terminal, else 80; at most 100, since longer lines are hard
/// to read.
std::size_t help_columns();

} // namespace imgbuild::cli
