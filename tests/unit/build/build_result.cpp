// SPDX-License-Identifier: Apache-2.0
#include "build/build_result.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using build::BuildResult;
using build::parse_build_result;

namespace {

BuildResult sample() {
    BuildResult result;
    result.name = "node";
    result.version = "1.2.3";
    result.architecture = "x86_64";
    result.artifacts = {
        {"node.img.gz", "image", std::uint64_t{5} << 32U, crypto::sha256("image")},
        {"build.log", "log", 0, crypto::sha256("")}};
    result.kernel_version = "6.1.0-32";
    result.memory_needed = 1234;
    result.stages = {{"install", "abc", true, 0}, {"pack", "def", false, 1.25}};
    result.warnings = {"a \"quoted\" one", "second"};
    result.tool_version = "0.1";
    return result;
}

std::string refusal(const std::string& text) {
    try {
        parse_build_result(text, "out/imgbuild.result.json");
    } catch (const base::Error& error) {
        return error.what();
    }
    return "accepted";
}

} // namespace

TEST_SUITE("build_result") {
    TEST_CASE("what is written is read back") {
        const BuildResult result = parse_build_result(to_json(sample()), "x");
        CHECK(result.name == "node");
        CHECK(result.version == "1.2.3");
        CHECK(result.architecture == "x86_64");
        REQUIRE(result.artifacts.size() == 2);
        CHECK(result.artifacts[0].path == "node.img.gz");
        CHECK(result.artifacts[0].kind == "image");
        CHECK(result.artifacts[0].size == std::uint64_t{5} << 32U);
        CHECK(result.artifacts[0].digest == crypto::sha256("image"));
        CHECK(result.kernel_version == "6.1.0-32");
        CHECK(result.memory_needed == 1234);
        REQUIRE(result.stages.size() == 2);
        CHECK(result.stages[0].cached);
        CHECK(result.stages[1].key == "def");
        CHECK_FALSE(result.stages[1].cached);
        CHECK(result.stages[1].seconds == 1.25);
        CHECK(result.warnings == std::vector<std::string>{"a \"quoted\" one", "second"});
        CHECK(result.tool_version == "0.1");
        CHECK(to_json(result) == to_json(sample()));
    }

    TEST_CASE("seconds have three decimals") {
        BuildResult result = sample();
        result.stages[1].seconds = 0.123456;
        CHECK(parse_build_result(to_json(result), "x").stages[1].seconds == 0.123);
    }

    TEST_CASE("texts that are no result") {
        const auto replaced = [](const std::string& from, const std::string& to) {
            std::string text = to_json(sample());
            REQUIRE(text.find(from) != std::string::npos);
            return text.replace(text.find(from), from.size(), to);
        };
        CHECK(refusal("").find("out/imgbuild.result.json") != std::string::npos);
        CHECK(refusal("{}").starts_with("out/imgbuild.result.json is not a result of imgbuild: "));
        CHECK(refusal(replaced("\"1.2.3\"", "7"))
                  .starts_with("out/imgbuild.result.json is not a result of imgbuild: "));
        const std::string unusable =
            "out/imgbuild.result.json: an artifact has no usable path or digest";
        CHECK(refusal(replaced("node.img.gz", "../node.img.gz")) == unusable);
        CHECK(refusal(replaced("node.img.gz", "")) == unusable);
        CHECK(refusal(replaced(crypto::sha256("").hex(), "12")) == unusable);
        CHECK(refusal(replaced("node.img.gz", "..")) == unusable);
    }
}
