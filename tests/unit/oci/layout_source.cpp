// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

using namespace imgbuild;
using oci::to_string;
using test::OciFixture;
using test::TestImage;

namespace {

const TestImage simple({"first layer", "second layer"});

std::string only(const TestImage& image) {
    return test::index_json(image.descriptor());
}

std::string named(const TestImage& image, const std::string& name) {
    return image.descriptor(
        R"(,"annotations":{"org.opencontainers.image.ref.name":")" + name + "\"}");
}

std::string for_platform(const TestImage& image, const std::string& architecture) {
    return image.descriptor(R"(,"platform":{"os":"linux","architecture":")" + architecture + "\"}");
}

} // namespace

TEST_CASE_FIXTURE(OciFixture, "an image in a layout is pinned with everything it consists of") {
    test::write_layout(layout(), {simple}, only(simple));
    const oci::PinnedImage image = resolve("oci:" + layout());
    CHECK(image.reference == "oci:" + layout());
    CHECK(image.manifest.bytes == simple.manifest);
    CHECK(to_string(image.digest()) == test::digest_text(simple.manifest));
    CHECK(!image.index);
    CHECK(image.config.bytes == simple.config);
    REQUIRE(image.layers.size() == 2);
    CHECK(to_string(image.layers[1].blob.digest) == test::digest_text("second layer"));
    CHECK(to_string(image.layers[1].diff_id) == test::digest_text("second layer"));
    CHECK(store.has_blob(image.config.digest));
    CHECK(store.has_blob(image.manifest.digest));
}

TEST_CASE_FIXTURE(OciFixture, "a layout with several images needs a name") {
    const TestImage other({"other"});
    test::write_layout(
        layout(),
        {simple, other},
        test::index_json(named(simple, "11") + "," + named(other, "12")));
    CHECK(resolve("oci:" + layout() + ":12").manifest.bytes == other.manifest);
    const auto without_name = [this] { (void)resolve("oci:" + layout()); };
    CHECK(test::error_of(without_name) == "oci:" + layout() + ": holds several images");
    CHECK(test::hint_of(without_name) == "name one behind a colon; it has 11, 12");
    CHECK(test::error_of([this] {
              (void)resolve("oci:" + layout() + ":13");
          }) == "oci:" + layout() + ":13: holds no image \"13\"");
}

TEST_CASE_FIXTURE(
    OciFixture, "the platform chooses, in the layout's index and in an index below it") {
    const TestImage arm({"arm"}, "arm64");
    const std::string both = for_platform(simple, "amd64") + "," + for_platform(arm, "arm64");
    SUBCASE("at once") {
        test::write_layout(layout(), {simple, arm}, test::index_json(both));
    }
    SUBCASE("below") {
        const std::string inner = test::index_json(both);
        test::write_layout(
            layout(),
            {simple, arm},
            test::index_json(
                test::descriptor_json("application/vnd.oci.image.index.v1+json", inner)));
        test::write_blob(layout(), inner);
        CHECK(resolve("oci:" + layout()).index->bytes == inner);
        CHECK(to_string(resolve("oci:" + layout()).digest()) == test::digest_text(inner));
        const auto for_riscv = [this] { (void)resolve("oci:" + layout(), "riscv64"); };
        CHECK(test::error_of(for_riscv) == "oci:" + layout() + ": has no image for linux/riscv64");
        CHECK(test::hint_of(for_riscv) == "it has images for linux/amd64, linux/arm64");
    }
    CHECK(resolve("oci:" + layout(), "amd64").manifest.bytes == simple.manifest);
    CHECK(resolve("oci:" + layout(), "aarch64").manifest.bytes == arm.manifest);
}

TEST_CASE_FIXTURE(OciFixture, "what is missing or changed in a layout is named") {
    const std::string uri = "oci:" + layout();
    const auto failing = [this, &uri] { (void)resolve(uri); };
    test::write_layout(layout(), {simple}, only(simple));
    const std::string config = layout() + "/blobs/sha256/" + crypto::sha256(simple.config).hex();
    SUBCASE("no layout at all") {
        base::remove_tree(layout() + "/oci-layout");
        CHECK(
            test::error_of(failing) == uri + ": is no OCI layout (the file oci-layout is missing)");
    }
    SUBCASE("no config") {
        base::remove_tree(config);
        CHECK(
            test::error_of(failing) ==
            fmt::format(
                "{}: blobs/sha256/{} is missing", uri, crypto::sha256(simple.config).hex()));
    }
    SUBCASE("another config") {
        std::string wrong = simple.config;
        wrong[20] = '?';
        base::replace_file(config, wrong);
        CHECK(
            test::error_of(failing) == fmt::format(
                                           "{}: config {}: expected {}, found {}",
                                           uri,
                                           test::digest_text(simple.config),
                                           test::digest_text(simple.config),
                                           test::digest_text(wrong)));
        CHECK(stored().size() == 1);
    }
    SUBCASE("no directory") {
        base::remove_tree(layout());
        CHECK(test::error_of(failing) == uri + ": there is no file " + layout());
    }
}

TEST_CASE_FIXTURE(OciFixture, "indexes that contain each other end") {
    std::string inner = only(simple);
    std::vector<std::string> all;
    for (int depth = 0; depth < 6; ++depth) {
        all.push_back(inner);
        inner = test::index_json(
            test::descriptor_json("application/vnd.oci.image.index.v1+json", inner));
    }
    test::write_layout(layout(), {simple}, inner);
    for (const std::string& bytes : all) {
        test::write_blob(layout(), bytes);
    }
    CHECK(test::error_of([this] {
              (void)resolve("oci:" + layout());
          }) == "oci:" + layout() + ": indexes are nested more than 4 deep");
}
