// SPDX-License-Identifier: Apache-2.0
#define DOCTEST_CONFIG_IMPLEMENT
#include "base/error.hpp"
#include "layers_support.hpp"
#include "root/namespaces.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    try {
        if (!arguments.empty() && arguments[0].starts_with("--child")) {
            return imgbuild::test::run_child(arguments);
        }
        if (::geteuid() != 0) {
            std::puts("this test needs root");
            return std::getenv("IMGBUILD_MUST_RUN") != nullptr ? 1 : 77;
        }
        imgbuild::root::enter_private_namespaces();
    } catch (const imgbuild::base::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return doctest::Context(argc, argv).run();
}
