// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "description/codes.hpp"

#include <fmt/format.h>

#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

const description::CodeInfo& find(const std::string& word) {
    if (const description::CodeInfo* const info = description::find_code(word)) {
        return *info;
    }
    std::vector<std::string_view> words;
    for (const description::CodeInfo& info : description::codes()) {
        words.push_back(info.code);
        words.push_back(info.name);
    }
    base::UsageError error(fmt::format("no message has the code {}", base::printable(word)));
    const std::string near = base::did_you_mean(word, words);
    error.set_hint(near.empty() ? "\"imgbuild explain-code\" lists them all" : near);
    throw error;
}

class ExplainCodeCommand final : public Command {
public:
    std::string name() const override { return "explain-code"; }

    std::string summary() const override { return "Explain the code of a message"; }

    std::string examples() const override {
        return "  imgbuild explain-code E101\n"
               "  imgbuild explain-code unknown-element\n"
               "  imgbuild explain-code\n"
               "      all codes, a line each";
    }

    void declare(CLI::App& app) override {
        app.add_option("code", words_, "Codes such as E101, or their names. None: a list of all")
            ->type_name("CODE");
    }

    int run(const GlobalOptions&) override {
        if (words_.empty()) {
            for (const description::CodeInfo& info : description::codes()) {
                std::cout << fmt::format("{}  {}\n", info.code, info.name);
            }
        }
        std::string_view separator;
        for (const std::string& word : words_) {
            const description::CodeInfo& info = find(word);
            std::cout << separator
                      << fmt::format(
                             "{} {}\n\n{}",
                             info.code,
                             info.name,
                             description::plain_explanation(info));
            separator = "\n";
        }
        return 0;
    }

private:
    std::vector<std::string> words_;
};

} // namespace

std::unique_ptr<Command> make_explain_code_command() {
    return std::make_unique<ExplainCodeCommand>();
}

} // namespace imgbuild::cli
