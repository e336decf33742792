// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What a fuzzer drives: the whole way of a description from bytes to the model, and its migration.
 * The entry point is libFuzzer's; tests/fuzz/mutate.cpp is a driver that needs no clang.
 */
#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "description/description.hpp"
#include "description/migration.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace imgbuild;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// Nothing lies there, so that what includes others finds nothing.
const std::string file = "/nonexistent/fuzz.xml";

void require(bool holds, const char* what) {
    if (!holds) {
        std::cerr << "broken promise: " << what << '\n';
        std::abort();
    }
}

/// Whether it is valid; what is said against it must make sense.
bool is_valid(const std::string& text) {
    try {
        const auto description = description::Description::parse(text, file);
        description.check({});
        return true;
    } catch (const base::DescriptionError& error) {
        require(!error.diagnostics().empty(), "an error says something");
        for (const base::Diagnostic& diagnostic : error.diagnostics()) {
            require(!diagnostic.message.empty(), "a diagnostic says something");
            const auto lines = static_cast<std::size_t>(diagnostic.position.line);
            require(lines <= text.size() + 1, "a diagnostic stands in the file");
        }
        return false;
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (!is_valid(text)) {
        return 0;
    }
    const auto read = [&](const std::string&) { return text; };
    try {
        const auto files = description::migrate(file, read);
        require(files.size() == 1, "one file stays one file");
        require(is_valid(files[0].after), "what was valid is valid when it is migrated");
        const auto read_again = [&](const std::string&) { return files[0].after; };
        const auto again = description::migrate(file, read_again);
        require(again[0].after == files[0].after, "what is current stays as it is");
    } catch (const base::DescriptionError&) {
        // What an entity brings can't be rewritten.
    }
    return 0;
}
