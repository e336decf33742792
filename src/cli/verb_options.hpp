// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace imgbuild::cli {

/// Declares the options of a verb without CLI11's headers, which take long to compile.
/// Names are CLI11's: "-f,--force"; `value` is how --help calls the option's value.
class VerbOptions {
public:
    explicit VerbOptions(CLI::App& app)
        : app_(app) {}

    /// Another name for the verb.
    void add_alias(const std::string& name);

    void add_flag(const std::string& names, bool& target, const std::string& help);

    void add_text(
        const std::string& names,
        std::string& target,
        const std::string& help,
        const std::string& value);

    /// May be given several times.
    void add_texts(
        const std::string& names,
        std::vector<std::string>& target,
        const std::string& help,
        const std::string& value);

    void add_number(
        const std::string& names,
        std::uint32_t& target,
        const std::string& help,
        const std::string& value);

    void add_choice(
        const std::string& names,
        std::string& target,
        const std::vector<std::string>& words,
        const std::string& help,
        const std::string& value);

    /// Arguments by their place.
    void add_required(
        const std::string& name,
        std::string& target,
        const std::string& help,
        const std::string& value);
    void add_optional(
        const std::string& name,
        std::string& target,
        const std::string& help,
        const std::string& value);
    void add_list(
        const std::string& name,
        std::vector<std::string>& target,
        const std::string& help,
        bool is_required);

    /// For verbs that end with somebody else's command: what stands behind the first word that is no
    /// option belongs to `words`, whatever it looks like.
    /// @param usage how --help calls these words.
    void end_at_first_word(const std::string& usage);

    /// See `end_at_first_word`; known when the command line was read.
    std::vector<std::string> words() const;

private:
    CLI::App& app_;
};

/// Reads the options at the start of `words`.
/// @param declare_options declares them. @returns what follows them.
/// @throws base::UsageError for an option's value that makes no sense.
std::vector<std::string> read_leading_options(
    std::vector<std::string> words, const std::function<void(CLI::App& app)>& declare_options);

} // namespace imgbuild::cli
