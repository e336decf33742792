// SPDX-License-Identifier: Apache-2.0
#include "cli/help_formatter.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

using namespace imgbuild::cli;

namespace {

/// The help of a verb "make" of a program "tool".
std::string help(std::size_t columns) {
    CLI::App app("Makes things.", "tool");
    app.formatter(make_help_formatter(columns));
    std::string text;
    bool flag = false;
    app.add_option("--store", text, "Where things are kept")
        ->type_name("DIR")
        ->group("Options of every verb");
    CLI::App* const verb = app.add_subcommand("make", "Make a thing");
    verb->add_option("thing", text, "The thing")->required()->type_name("THING");
    verb->add_option("--target-dir", text, "Where the thing goes when it has been made")
        ->required()
        ->type_name("DIR");
    verb->add_option("--an-option-with-a-long-name", text, "How")
        ->type_name("HOW")
        ->check(CLI::IsMember({"fast", "slow"}));
    verb->add_option("--owner", text, "Whose")
        ->type_name("USER[:GROUP]")
        ->check(CLI::IsMember({"root", "root:root"}));
    verb->add_flag("-q,--quiet", flag, "Say nothing");
    verb->footer("Examples:\n  tool make it --target-dir out");
    return verb->help("tool");
}

} // namespace

TEST_CASE("help in eighty columns") {
    CHECK(
        help(80) == "Make a thing\n"
                    "\n"
                    "Usage: tool make [OPTIONS] --target-dir DIR THING\n"
                    "\n"
                    "Arguments:\n"
                    "  THING                       The thing\n"
                    "\n"
                    "Options:\n"
                    "  -h, --help                  Print this help message and exit\n"
                    "  --target-dir DIR            Where the thing goes when it has been made\n"
                    "                              (required)\n"
                    "  --an-option-with-a-long-name HOW\n"
                    "                              How\n"
                    "  --owner USER[:GROUP]        Whose\n"
                    "  -q, --quiet                 Say nothing\n"
                    "\n"
                    "Options of every verb:\n"
                    "  --store DIR                 Where things are kept\n"
                    "\n"
                    "Examples:\n"
                    "  tool make it --target-dir out\n");
}

TEST_CASE("help in forty columns") {
    CHECK(
        help(40) == "Make a thing\n"
                    "\n"
                    "Usage: tool make [OPTIONS] --target-dir DIR THING\n"
                    "\n"
                    "Arguments:\n"
                    "  THING\n"
                    "      The thing\n"
                    "\n"
                    "Options:\n"
                    "  -h, --help\n"
                    "      Print this help message and exit\n"
                    "  --target-dir DIR\n"
                    "      Where the thing goes when it has\n"
                    "      been made (required)\n"
                    "  --an-option-with-a-long-name HOW\n"
                    "      How\n"
                    "  --owner USER[:GROUP]\n"
                    "      Whose\n"
                    "  -q, --quiet\n"
                    "      Say nothing\n"
                    "\n"
                    "Options of every verb:\n"
                    "  --store DIR\n"
                    "      Where things are kept\n"
                    "\n"
                    "Examples:\n"
                    "  tool make it --target-dir out\n");
}

TEST_CASE("help of a program lists its verbs") {
    CLI::App app("Makes things.", "tool");
    app.formatter(make_help_formatter(80));
    app.add_subcommand("make", "Make a thing");
    app.add_subcommand("break", "Break a thing");
    CHECK(
        app.help() == "Makes things.\n"
                      "\n"
                      "Usage: tool [OPTIONS] VERB ...\n"
                      "\n"
                      "Verbs:\n"
                      "  make                        Make a thing\n"
                      "  break                       Break a thing\n"
                      "\n"
                      "Options:\n"
                      "  -h, --help                  Print this help message and exit\n");
}

TEST_CASE("a verb that ends with somebody else's command says so in its usage line") {
    CLI::App app("Runs things.", "run");
    app.formatter(make_help_formatter(80, "NAME [--] COMMAND..."));
    CHECK(app.help().find("\nUsage: run [OPTIONS] NAME [--] COMMAND...\n") != std::string::npos);
}
