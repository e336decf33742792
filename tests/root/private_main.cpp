// SPDX-License-Identifier: Apache-2.0
// main() of tests that need private namespaces, which must be entered before any thread exists.
#define DOCTEST_CONFIG_IMPLEMENT
#include "base/error.hpp"
#include "root/namespaces.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
    constexpr int skipped = 77;
    const char* const must_run = std::getenv("IMGBUILD_MUST_RUN");
    try {
        imgbuild::root::enter_private_namespaces();
    } catch (const imgbuild::base::Error& error) {
        std::cerr << error.what() << "\n" << error.hint() << "\n";
        return must_run != nullptr && std::string_view(must_run) == "1" ? 1 : skipped;
    }
    doctest::Context context(argc, argv);
    return context.run();
}
