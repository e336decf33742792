// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.hpp"

#include "fixture.hpp"
#include "oci/image_config.hpp"

using namespace imgbuild;
using oci::to_string;
using test::TestImage;

namespace {

const TestImage image({"one", "two"});

std::string refusal(const std::string& text, const std::string& type = "") {
    return test::error_of([&] { (void)oci::parse_manifest(text, type, "x"); });
}

std::string with(std::string text, const std::string& old, const std::string& fresh) {
    const std::size_t at = text.find(old);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old.size(), fresh);
}

} // namespace

TEST_CASE("a manifest names config and layers") {
    const auto parsed =
        oci::parse_manifest(image.manifest, "application/vnd.oci.image.manifest.v1+json; a=b", "x");
    const auto& manifest = std::get<oci::Manifest>(parsed);
    CHECK(to_string(manifest.config.digest) == test::digest_text(image.config));
    CHECK(manifest.config.size == image.config.size());
    REQUIRE(manifest.layers.size() == 2);
    CHECK(to_string(manifest.layers[0].digest) == test::digest_text("one"));
}

TEST_CASE("Docker's manifests and lists are read too") {
    TestImage docker({"one"});
    docker.manifest_type = "application/vnd.docker.distribution.manifest.v2+json";
    docker.config_type = "application/vnd.docker.container.image.v1+json";
    docker.layer_type = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    docker.make_manifest();
    const auto parsed = oci::parse_manifest(docker.manifest, "", "x");
    const auto& manifest = std::get<oci::Manifest>(parsed);
    CHECK(
        oci::declared_compression(manifest.layers.at(0).media_type) == oci::LayerCompression::gzip);
    const auto list = oci::parse_manifest(
        R"({"schemaVersion":2,"manifests":[)" +
            docker.descriptor(R"(,"platform":{"os":"linux","architecture":"arm","variant":"v7"})") +
            "]}",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "x");
    CHECK(to_string(*std::get<oci::Index>(list).manifests.at(0).platform) == "linux/arm/v7");
}

TEST_CASE("what could be read as two things is refused") {
    CHECK(
        refusal(image.manifest, "application/vnd.oci.image.index.v1+json") ==
        "x: is sent as \"application/vnd.oci.image.index.v1+json\" but calls itself "
        "\"application/vnd.oci.image.manifest.v1+json\"");
    CHECK(
        refusal(with(image.manifest, "{", "{\"manifests\":[],")) ==
        "x: is an image and an index at once");
    CHECK(
        refusal(R"({"schemaVersion":2,"manifests":[],"layers":[]})") ==
        "x: is an image and an index at once");
}

TEST_CASE("what is no image is refused by name") {
    CHECK(
        refusal(R"({"schemaVersion":1,"name":"x"})") ==
        "x: is of Docker's schema 1, which is too old to be used");
    CHECK(
        refusal("{}", "application/vnd.docker.distribution.manifest.v1+prettyjws") ==
        "x: is of Docker's schema 1, which is too old to be used");
    CHECK(refusal("{}") == "x: is no manifest: \"schemaVersion\" is not 2");
    CHECK(refusal("[]") == "x: is no JSON object");
    CHECK(refusal(R"({"schemaVersion":2})") == "x: has no config");
    CHECK(
        refusal(with(image.manifest, "image.config", "helm.config")) ==
        "x: is no container image: its config is of type "
        "\"application/vnd.oci.helm.config.v1+json\"");
    CHECK(
        refusal(with(image.manifest, "v1.tar", "v1.tar+encrypted")) ==
        "x: layer " + test::digest_text("one") +
            " is encrypted, which can't be used "
            "(\"application/vnd.oci.image.layer.v1.tar+encrypted\")");
    CHECK(refusal("{\"schemaVersion\":2,").starts_with("x:1:20: not valid JSON: "));
    CHECK(
        refusal(std::string(oci::document_limit + 1, ' ')) ==
        "x: is 4194305 bytes, the most that is read is 4194304");
}

TEST_CASE("digests are SHA-256 and never paths") {
    const std::string good = test::digest_text("one");
    CHECK(
        refusal(with(image.manifest, good, "../../../etc/passwd")) ==
        "x: layers[0]: \"../../../etc/passwd\" is no sha256 digest");
    CHECK(
        refusal(with(image.manifest, good, "sha512:" + std::string(128, 'a'))) ==
        "x: layers[0]: uses sha512 digests; imgbuild reads sha256 ones");
    CHECK(!oci::parse_digest("sha256:" + std::string(64, 'A')));
    CHECK(!oci::parse_digest("sha256:" + std::string(63, 'a')));
    CHECK(oci::parse_digest("sha256:" + std::string(64, 'a')));
}

TEST_CASE("sizes are there and possible") {
    CHECK(refusal(with(image.manifest, "\"size\":3", "\"size\":-3")).find("\"size\" is no") > 0);
    CHECK(
        refusal(with(image.manifest, "\"size\":3", "\"size\":9999999999999999")) ==
        "x: layers[0]: states an impossible size");
    CHECK(
        refusal(with(image.manifest, "\"size\":3", "\"other\":3")) ==
        "x: layers[0]: states no size");
}

TEST_CASE("the number of layers is bounded") {
    const TestImage many(std::vector<std::string>(501, "one"));
    CHECK(refusal(many.manifest) == "x: has 501 layers, at most 500 are read");
}

TEST_CASE("a config says how a container of the image starts") {
    const TestImage full(
        {"one"},
        "arm64",
        R"({"User":"www","Env":["A=b"],"Cmd":["x"],"Entrypoint":null,"Labels":{"k":"v"},)"
        R"("ExposedPorts":{"80/tcp":{}},"WorkingDir":"/srv"})");
    const oci::ImageConfig config = oci::parse_image_config(full.config, 1, "x");
    CHECK(config.user == "www");
    CHECK(config.environment == std::vector<std::string>{"A=b"});
    CHECK(config.command == std::vector<std::string>{"x"});
    CHECK(config.entrypoint.empty());
    CHECK(config.labels.at("k") == "v");
    CHECK(config.exposed_ports == std::vector<std::string>{"80/tcp"});
    CHECK(config.created == "2026-01-02T03:04:05Z");
    CHECK(to_string(config.platform) == "linux/arm64");
    CHECK(test::error_of([&] {
              (void)oci::parse_image_config(full.config, 2, "x");
          }) == "x: names 1 layers, the manifest has 2");
    CHECK(test::error_of([] {
              (void)oci::parse_image_config("{}", 0, "x");
          }) == "x: names no layers (\"rootfs\" is missing)");
}
