// SPDX-License-Identifier: Apache-2.0
#include "base/base64.hpp"
#include "docker_registry.hpp"
#include "fixture.hpp"
#include "support/certificates.hpp"

#include <algorithm>

using namespace imgbuild;
using oci::to_string;
using test::DockerRegistry;
using test::PullFixture;
using test::TestImage;

namespace {

const TestImage image({"first layer\n", std::string(3'000'000, 'x'), "third layer\n"});
const std::string content = "first layer\n" + std::string(3'000'000, 'x') + "third layer\n";

/// htpasswd's line for "user" with the password "secret".
const std::string login = "user:$2y$05$UyTFEeoGsl8Wj06HVXEMZOnuzSm4/z6KTdkKotP/8sTohn.k./5uq";

bool is_missing() {
    return !DockerRegistry::is_installed();
}

} // namespace

TEST_CASE_FIXTURE(
    PullFixture, "images are pulled by tag and by digest" * doctest::skip(is_missing())) {
    const DockerRegistry registry(directory / "registry");
    allow_http(registry.name());
    registry.put("group/name", image);
    registry.tag("group/name", "1.0", image.manifest);
    const std::string uri = "docker://" + registry.name() + "/group/name:1.0";
    const oci::PinnedImage pinned = resolve(uri);
    CHECK(pinned.reference == registry.name() + "/group/name:1.0");
    CHECK(pinned.repository == registry.name() + "/group/name");
    CHECK(pinned.tag == "1.0");
    CHECK(to_string(pinned.digest()) == test::digest_text(image.manifest));
    CHECK(pull(uri) == content);
    const std::string by_digest =
        "docker://" + registry.name() + "/group/name@" + test::digest_text(image.manifest);
    CHECK(pull(by_digest) == content);
    // config, manifest, and three layers
    CHECK(stored() == 5);
}

TEST_CASE_FIXTURE(
    PullFixture,
    "of an index the platform is taken, and the index's digest stays" *
        doctest::skip(is_missing())) {
    const DockerRegistry registry(directory / "registry");
    allow_http(registry.name());
    const TestImage arm({"arm layer"}, "arm64");
    registry.put("name", image);
    registry.put("name", arm);
    const std::string index = test::index_json(
        image.descriptor(R"(,"platform":{"os":"linux","architecture":"amd64"})") + "," +
        arm.descriptor(R"(,"platform":{"os":"linux","architecture":"arm64","variant":"v8"})"));
    registry.tag("name", "multi", index);
    const oci::PinnedImage pinned = resolve("docker://" + registry.name() + "/name:multi", "arm64");
    CHECK(pinned.manifest.bytes == arm.manifest);
    CHECK(to_string(pinned.digest()) == test::digest_text(index));
    const oci::PinnedImage again =
        resolve("docker://" + registry.name() + "/name@" + test::digest_text(index), "linux/amd64");
    CHECK(again.manifest.bytes == image.manifest);
    CHECK(to_string(again.digest()) == test::digest_text(index));
}

TEST_CASE_FIXTURE(
    PullFixture,
    "what a registry does not have is said in its own words" * doctest::skip(is_missing())) {
    const DockerRegistry registry(directory / "registry");
    allow_http(registry.name());
    const std::string uri = registry.name() + "/name:1";
    const auto error = failure([&] { (void)resolve(uri); });
    REQUIRE(error);
    CHECK(
        std::string(error->what()) ==
        fmt::format(
            "{0}/name:1: http://{0}/v2/name/manifests/1: 404 Not Found: manifest unknown "
            "(MANIFEST_UNKNOWN)",
            registry.name()));
    CHECK(error->hint() == "check the name and the tag");
    CHECK(error->exit_code() == base::ExitCode::fetch);
}

TEST_CASE_FIXTURE(PullFixture, "a login by name and password" * doctest::skip(is_missing())) {
    const DockerRegistry registry(directory / "registry", {.login = login});
    allow_http(registry.name());
    registry.put("name", image);
    registry.tag("name", "1", image.manifest);
    const std::string uri = "docker://" + registry.name() + "/name:1";
    SUBCASE("from the user's auth.json") {
        write(
            "home/.config/containers/auth.json",
            R"({"auths":{")" + registry.name() + R"(":{"auth":")" +
                base::base64_encode("user:secret") + R"("}}})");
        CHECK(pull(uri) == content);
    }
    SUBCASE("from --authfile") {
        authfile = write(
            "logins",
            R"({"auths":{")" + registry.name() + R"(/name":{"auth":")" +
                base::base64_encode("user:secret") + R"("}}})");
        CHECK(pull(uri) == content);
    }
    SUBCASE("from Warewulf's environment") {
        environment["WAREWULF_OCI_USERNAME"] = "user";
        environment["WAREWULF_OCI_PASSWORD"] = "secret";
        CHECK(pull(uri) == content);
    }
    SUBCASE("none") {
        const auto error = failure([&] { (void)resolve(uri); });
        REQUIRE(error);
        CHECK(
            std::string(error->what()) ==
            fmt::format(
                "{0}/name:1: http://{0}/v2/name/manifests/1: 401 Unauthorized: authentication "
                "required (UNAUTHORIZED)",
                registry.name()));
        CHECK(
            error->hint() ==
            fmt::format(
                "there may be no such image, or it needs a login: podman login {}, or --authfile",
                registry.name()));
    }
    SUBCASE("a wrong one") {
        environment["WAREWULF_OCI_USERNAME"] = "user";
        environment["WAREWULF_OCI_PASSWORD"] = "wrong-password";
        const auto error = failure([&] { (void)resolve(uri); });
        REQUIRE(error);
        CHECK(std::string(error->what()).find("wrong-password") == std::string::npos);
        CHECK(
            error->hint() ==
            fmt::format(
                "there may be no such image, or the login for {} from WAREWULF_OCI_USERNAME is "
                "wrong or not allowed to pull it",
                registry.name()));
    }
}

TEST_CASE_FIXTURE(
    PullFixture, "a registry with an authority of its own" * doctest::skip(is_missing())) {
    const test::TestAuthority authority;
    authority.issue("IP:127.0.0.1", directory / "server.pem", directory / "server.key");
    const DockerRegistry registry(
        directory / "registry",
        {.certificate = directory / "server.pem", .key = directory / "server.key"});
    registry.put("name", image);
    registry.tag("name", "1", image.manifest);
    const std::string uri = "docker://" + registry.name() + "/name:1";
    SUBCASE("whose certificate is in certs.d") {
        base::make_directories(directory / ("etc/containers/certs.d/" + registry.name()));
        authority.write_certificate(
            directory / ("etc/containers/certs.d/" + registry.name() + "/ca.crt"));
        CHECK(pull(uri) == content);
    }
    SUBCASE("that nobody vouches for") {
        CHECK(
            error_of(uri) ==
            fmt::format(
                "{0}/name:1: https://{0}/v2/name/manifests/1: SSL certificate problem: unable to "
                "get local issuer certificate",
                registry.name()));
    }
    SUBCASE("that is said to be insecure") {
        allow_http(registry.name());
        CHECK(pull(uri) == content);
        // It was asked by http the last time, before it got TLS.
        const std::vector<store::StoreEntry> entries = store.list();
        const auto entry = std::find_if(entries.begin(), entries.end(), [](const auto& one) {
            return one.kind == "record" && one.description == "registry";
        });
        REQUIRE(entry != entries.end());
        const crypto::Digest key = *crypto::Digest::from_hex(entry->key);
        std::string text = *store.find_record("registry", key);
        REQUIRE(text.starts_with("https://"));
        store.put_record("registry", key, text.erase(4, 1));
        CHECK(pull(uri) == content);
        CHECK(store.find_record("registry", key)->starts_with("https://"));
    }
}

TEST_CASE_FIXTURE(PullFixture, "Warewulf's variable for http says yes or no") {
    test::FakeRegistry registry;
    registry.put("name", "1", test::TestImage({"layer"}));
    const std::string uri = "docker://" + registry.name() + "/name:1";
    for (const char* const no : {"", "false", "0", "F"}) {
        environment["WAREWULF_OCI_NOHTTPS"] = no;
        CHECK(error_of(uri).find("https://" + registry.name()) != std::string::npos);
    }
    environment["WAREWULF_OCI_NOHTTPS"] = "perhaps";
    CHECK(
        error_of(uri) ==
        registry.name() + "/name:1: WAREWULF_OCI_NOHTTPS is \"perhaps\", neither true nor false");
    environment["WAREWULF_OCI_NOHTTPS"] = "true";
    CHECK(pull(uri) == "layer");
}
