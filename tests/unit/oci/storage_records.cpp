// SPDX-License-Identifier: Apache-2.0
#include "oci/storage_records.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

namespace {

/// What is said of a list, and the exit code.
std::string complaint(const std::string& list) {
    try {
        oci::checked_list(list, "layers.json");
    } catch (const base::Error& error) {
        return std::to_string(static_cast<int>(error.exit_code())) + " " + error.what();
    }
    return "";
}

} // namespace

TEST_CASE("lists of a container storage are taken as they are") {
    CHECK(oci::checked_list("", "layers.json") == "[]");
    CHECK(oci::checked_list("null", "layers.json") == "[]");
    const std::string list = R"([{"id":"a","names":["n"]},{"id":"b"}])";
    CHECK(oci::checked_list(list, "layers.json") == list);
    CHECK(oci::has_layer(list, "b"));
    CHECK(!oci::has_layer(list, "c"));
}

TEST_CASE("broken lists of a container storage are said") {
    const std::string what = "5 layers.json is not the list of a container storage: ";
    CHECK(complaint(R"([{"id":7}])") == what + R"({"id":7} has no id that is a string)");
    CHECK(complaint(R"([{"id":"a"},{}])") == what + "{} has no id that is a string");
    CHECK(complaint("[[]]") == what + "[] has no id that is a string");
    CHECK(complaint(R"(["id"])") == what + R"("id" has no id that is a string)");
    CHECK(complaint("{}") == what + "it is no array");
    CHECK(complaint("[").starts_with("5 layers.json:1:"));
}
