// SPDX-License-Identifier: Apache-2.0
#include "build/key_inputs.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using build::KeyInputs;
using Names = std::vector<std::string>;

TEST_SUITE("key_inputs") {
    TEST_CASE("the text: a line an input, in the order they came") {
        KeyInputs inputs;
        inputs.add("stage", "config");
        inputs.add("epoch", std::int64_t{-5});
        inputs.add("script", crypto::sha256(""));
        CHECK(
            inputs.text() == "stage\tconfig\nepoch\t-5\nscript\t"
                             "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n");
        CHECK(inputs.key() == crypto::sha256(inputs.text()));
        CHECK(KeyInputs().text().empty());
    }

    TEST_CASE("no two lists of inputs have one text") {
        const auto text_of = [](const std::string& name, const std::string& value) {
            KeyInputs inputs;
            inputs.add(name, value);
            return inputs.text();
        };
        CHECK(text_of("a", "b\nc\td") == "a\tb\\nc\\td\n");
        CHECK(text_of("a", "b\\nc") == "a\tb\\\\nc\n");
        CHECK(text_of("a\tb", "c") == "a\\tb\tc\n");
        CHECK(text_of("a", "\tb") != text_of("a\t", "b"));
    }

    TEST_CASE("differences are named") {
        const std::string before = "same\t1\nconfig.sh\tx\npackage ssh\t1\n";
        const std::string now = "same\t1\nconfig.sh\ty\npackage vim\t1\n";
        CHECK(
            KeyInputs::differences(before, now) ==
            Names{"config.sh changed", "package vim was added", "package ssh was removed"});
        CHECK(KeyInputs::differences(before, before).empty());
        CHECK(KeyInputs::differences("", "a\t\n") == Names{"a was added"});
    }

    TEST_CASE("many differences end in a number") {
        std::string now;
        for (const char* const name : {"a", "b", "c", "d"}) {
            now += std::string(name) + "\t1\n";
        }
        CHECK(KeyInputs::differences("", now, 4).size() == 4);
        CHECK(
            KeyInputs::differences("", now, 2) ==
            Names{"a was added", "b was added", "and 2 more"});
    }
}
