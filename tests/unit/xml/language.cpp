// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "schema/imgbuild_schema.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

using namespace imgbuild;

TEST_CASE("the schema in the program is the one in the repository") {
    const std::string folder = std::string(std::getenv("IMGBUILD_SOURCE_ROOT")) + "/schema/";
    CHECK(base::read_file(folder + "imgbuild.rng") == schema::rng());
    CHECK(base::read_file(folder + "imgbuild.rnc") == schema::rnc());
}
