// SPDX-License-Identifier: Apache-2.0
#include "oci/open_image_source.hpp"

#include "fixture.hpp"
#include "support/archives.hpp"

#include <sys/stat.h>

using namespace imgbuild;
using test::OciFixture;
using test::TestImage;

namespace {

const TestImage simple({"first layer", "second layer"});

/// A tar of a layout, or what docker save writes.
std::string archive_of(const std::map<std::string, std::string>& files) {
    test::Tar tar;
    for (const auto& [name, content] : files) {
        tar.add({.name = name, .content = content});
    }
    return tar.finished();
}

std::map<std::string, std::string> layout_files(const TestImage& image) {
    std::map<std::string, std::string> files = {
        {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"},
        {"index.json", test::index_json(image.descriptor())}};
    for (const auto& [digest, bytes] : image.blobs()) {
        files.emplace("blobs/sha256/" + digest.substr(7), bytes);
    }
    return files;
}

struct LocationFixture : OciFixture {
    std::string put(const std::string& name, const std::string& text) const {
        const std::string path = directory / name;
        base::make_directories(path.substr(0, path.rfind('/')));
        base::replace_file(path, text);
        return path;
    }

    std::string layers_of(const std::string& uri) {
        options.base_directory = directory.path();
        const auto source = oci::open_image_source(uri, options, context);
        const oci::PinnedImage image = source->resolve(oci::parse_platform("amd64"), context);
        oci::BlobFetch fetch(*source, store, layer_blobs(image), "test", context);
        std::string text;
        for (std::size_t i = 0; i < image.layers.size(); ++i) {
            text += test::read_whole(*fetch.open(i)) + ";";
        }
        fetch.wait();
        return text;
    }
};

} // namespace

TEST_CASE_FIXTURE(LocationFixture, "images come out of OCI archives, compressed ones too") {
    put("x.tar", archive_of(layout_files(simple)));
    CHECK(layers_of("oci-archive:x.tar") == "first layer;second layer;");
    CHECK(layers_of("file://" + (directory / "x.tar")) == "first layer;second layer;");
    put("x.tar.gz", test::compressed(archive_of(layout_files(simple)), "gzip"));
    CHECK(layers_of("oci-archive:x.tar.gz") == "first layer;second layer;");
}

TEST_CASE_FIXTURE(LocationFixture, "images come out of what docker save writes") {
    std::map<std::string, std::string> files = {
        {"config.json", simple.config},
        {"a/layer.tar", "first layer"},
        {"b/layer.tar", "second layer"},
        {"manifest.json",
         R"([{"Config":"config.json","RepoTags":["debian:12"],)"
         R"("Layers":["a/layer.tar","b/layer.tar"]}])"}};
    put("x.tar", archive_of(files));
    CHECK(layers_of("docker-archive:x.tar") == "first layer;second layer;");
    CHECK(
        layers_of("docker-archive:x.tar:docker.io/library/debian:12") ==
        "first layer;second layer;");
    const oci::PinnedImage image = resolve("docker-archive:" + (directory / "x.tar"));
    CHECK(image.repository == "docker.io/library/debian");
    CHECK(image.tag == "12");
    CHECK(test::error_of([this] {
              (void)layers_of("docker-archive:x.tar:debian:13");
          }) == "docker-archive:x.tar:debian:13: holds no image \"debian:13\"");
    files.erase("b/layer.tar");
    put("y.tar", archive_of(files));
    CHECK(test::error_of([this] {
              (void)layers_of("docker-archive:y.tar");
          }) == "docker-archive:y.tar: b/layer.tar is missing");
}

TEST_CASE_FIXTURE(LocationFixture, "names inside archives that are no names do not count") {
    const std::map<std::string, std::string> files = {
        {"config.json", simple.config}, {"a", "first layer"}, {"b", "second layer"}};
    for (const char* const name :
         {"../../x:1",
          "/etc/x:1",
          "group/../x:1",
          "group/Name:1",
          "a b:1",
          "x\\n:1",
          "x:1\\u0000",
          "x:../1",
          "-x:1",
          "größe:1"}) {
        CAPTURE(name);
        auto archive = files;
        archive["manifest.json"] = R"([{"Config":"config.json","Layers":["a","b"],"RepoTags":[")" +
                                   std::string(name) + R"("]}])";
        put("x.tar", archive_of(archive));
        const oci::PinnedImage docker = resolve("docker-archive:" + (directory / "x.tar"));
        CHECK(docker.repository.empty());
        CHECK(docker.tag.empty());
        for (const char* const annotation :
             {"org.opencontainers.image.ref.name", "io.containerd.image.name"}) {
            auto layout = layout_files(simple);
            std::string& index = layout["index.json"];
            const std::string digest = R"("digest":)";
            index.replace(
                index.find(digest),
                digest.size(),
                R"("annotations":{")" + std::string(annotation) + R"(":"registry.example/)" + name +
                    R"("},)" + digest);
            put("y.tar", archive_of(layout));
            const oci::PinnedImage image = resolve("oci-archive:" + (directory / "y.tar"));
            CHECK(image.repository.empty());
            CHECK(image.tag.empty());
        }
    }
}

TEST_CASE_FIXTURE(LocationFixture, "images come out of dir:") {
    put("d/manifest.json", simple.manifest);
    for (const auto& [digest, bytes] : simple.blobs()) {
        put("d/" + digest.substr(7), bytes);
    }
    CHECK(layers_of("dir:d") == "first layer;second layer;");
    CHECK(layers_of("file://" + (directory / "d")) == "first layer;second layer;");
}

TEST_CASE_FIXTURE(LocationFixture, "nobody waits for what is written to a fifo") {
    const std::string fifo = directory / "x.tar";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    for (const char* const scheme : {"oci-archive:", "docker-archive:", "file://"}) {
        const std::string uri = scheme + fifo;
        CHECK(test::error_of([&] {
                  (void)layers_of(uri);
              }) == uri + ": " + fifo + ": is no regular file");
    }
}

TEST_CASE_FIXTURE(LocationFixture, "an archive that lies is found") {
    std::map<std::string, std::string> files = layout_files(simple);
    files["blobs/sha256/" + crypto::sha256("second layer").hex()] = "Second layer";
    put("x.tar", archive_of(files));
    CHECK(test::error_of([this] {
              (void)layers_of("oci-archive:x.tar");
          }).starts_with("oci-archive:x.tar: blob " + test::digest_text("second layer")));
    put("y.tar", "this is no archive at all");
    CHECK(test::error_of([this] {
              (void)layers_of("oci-archive:y.tar");
          }).starts_with("oci-archive:y.tar: "));
}

TEST_CASE_FIXTURE(LocationFixture, "policy.json decides about files too") {
    put("x.tar", archive_of(layout_files(simple)));
    options.policy = put("policy.json", R"({"default":[{"type":"reject"}]})");
    const auto rejected = [this] { (void)layers_of("oci-archive:x.tar"); };
    CHECK(
        test::error_of(rejected) == "oci-archive:x.tar: refused by " + options.policy +
                                        ", scope \"default\": it says \"reject\"");
    put("policy.json",
        R"({"default":[{"type":"reject"}],"transports":{"oci-archive":{")" + directory.path() +
            R"(":[{"type":"insecureAcceptAnything"}]}}})");
    CHECK(layers_of("oci-archive:x.tar") == "first layer;second layer;");
    put("policy.json", R"({"default":[{"type":"signedBy","keyType":"GPGKeys","keyData":"eA=="}]})");
    CHECK(
        test::error_of(rejected) == "oci-archive:x.tar: refused by " + options.policy +
                                        ", scope \"default\": it is not signed");
}
