// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"
#include "oci/registry_client.hpp"

#include <cstdlib>

using namespace imgbuild;
using test::FakeRegistry;
using test::PullFixture;
using test::TestImage;

namespace {

/// Every place in it is recognisable.
std::string long_layer() {
    std::string text;
    for (int line = 0; text.size() < 1'000'000; ++line) {
        text += "line " + std::to_string(line) + "\n";
    }
    return text;
}

const std::string layer = long_layer();
const TestImage image({layer, "small"});

struct FaultFixture : PullFixture {
    FakeRegistry registry;
    std::string uri = "docker://" + registry.name() + "/name:1";
    std::string reference = registry.name() + "/name:1";
    std::string manifest_path = "/v2/name/manifests/1";
    std::string layer_path = FakeRegistry::blob_path("name", layer);
    std::string layer_url = registry.server.url(layer_path);

    FaultFixture() {
        allow_http(registry.name());
        registry.put("name", "1", image);
    }

    /// The Range header of the last request for the big layer.
    static std::string last_range(const FakeRegistry& asked, const std::string& path) {
        std::string range;
        for (const test::SeenRequest& request : asked.server.requests()) {
            range = request.path == path ? request.header("range") : range;
        }
        return range;
    }

    /// Whatever happened, the big layer isn't in the store, and nothing half-written is.
    void check_nothing_is_left() const {
        CHECK(!store.has_blob(crypto::sha256(layer)));
        CHECK(std::system(("test -z \"$(ls -A " + store.path() + "/work)\"").c_str()) == 0);
    }
};

} // namespace

TEST_CASE_FIXTURE(FaultFixture, "a connection that is reset at each tenth of a blob is continued") {
    for (std::size_t tenth = 1; tenth < 10; ++tenth) {
        CAPTURE(tenth);
        registry.server.misbehave(
            layer_path,
            {.after = layer.size() * tenth / 10,
             .ending = test::Fault::Ending::reset,
             .no_validators = true},
            1);
        base::remove_tree(directory / "store");
        store = store::Store::open(directory / "store", "test");
        CHECK(pull(uri) == layer + "small");
        CHECK(
            last_range(registry, layer_path) ==
            fmt::format("bytes={}-", layer.size() * tenth / 10));
    }
}

TEST_CASE_FIXTURE(FaultFixture, "a registry that ignores ranges sends all again") {
    registry.server.misbehave(
        layer_path, {.after = 500'000, .ending = test::Fault::Ending::reset}, 1);
    registry.server.misbehave(layer_path, {.ignore_range = true}, 1);
    CHECK(pull(uri) == layer + "small");
}

TEST_CASE_FIXTURE(FaultFixture, "a registry that fails for a while is asked again") {
    registry.server.misbehave("*", {.status = 503, .headers = {{"Retry-After", "0"}}}, 2);
    CHECK(pull(uri) == layer + "small");
}

TEST_CASE_FIXTURE(FaultFixture, "wrong bytes are found") {
    registry.server.misbehave(layer_path, {.wrong_bytes = true});
    std::string wrong = layer;
    wrong[0] = static_cast<char>(wrong[0] ^ 1);
    CHECK(
        error_of(uri) == fmt::format(
                             "{}: blob {}: expected sha256 {}, found sha256 {}",
                             reference,
                             test::digest_text(layer),
                             crypto::sha256(layer).hex(),
                             crypto::sha256(wrong).hex()));
    check_nothing_is_left();
}

TEST_CASE_FIXTURE(FaultFixture, "wrong lengths are found") {
    SUBCASE("announced longer") {
        registry.server.misbehave(layer_path, {.announced_size = layer.size() + 1});
        CHECK(
            error_of(uri) == fmt::format(
                                 "{}: {}: is larger than the expected {} bytes (tried 3 times)",
                                 reference,
                                 layer_url,
                                 layer.size()));
    }
    SUBCASE("shorter") {
        registry.server.put(layer_path, layer.substr(1));
        CHECK(
            error_of(uri) == fmt::format(
                                 "{}: {}: is {} bytes, expected {} (tried 3 times)",
                                 reference,
                                 layer_url,
                                 layer.size() - 1,
                                 layer.size()));
    }
    SUBCASE("longer without saying so") {
        registry.server.put(layer_path, layer + "x");
        registry.server.misbehave(layer_path, {.no_length = true});
        CHECK(
            error_of(uri) == fmt::format(
                                 "{}: {}: is larger than the expected {} bytes (tried 3 times)",
                                 reference,
                                 layer_url,
                                 layer.size()));
    }
    check_nothing_is_left();
}

TEST_CASE_FIXTURE(FaultFixture, "a manifest without end is not read to its end") {
    registry.server.put(manifest_path, image.manifest + std::string(5'000'000, ' '));
    const std::string cause = fmt::format(
        "{}: {}: is larger than the allowed 4194304 bytes",
        reference,
        registry.server.url(manifest_path));
    SUBCASE("announced") {
        CHECK(error_of(uri) == cause);
    }
    SUBCASE("not announced") {
        registry.server.misbehave(manifest_path, {.chunked = true});
        CHECK(error_of(uri) == cause);
    }
    CHECK(stored() == 0);
}

TEST_CASE_FIXTURE(FaultFixture, "a blob that stops coming is given up") {
    registry.server.misbehave(layer_path, {.after = 1000, .ending = test::Fault::Ending::stall});
    stall_timeout = std::chrono::seconds(1);
    CHECK(error_of(uri).starts_with(
        fmt::format("{}: {}: stalled: less than 100 bytes a second for ", reference, layer_url)));
    check_nothing_is_left();
}

TEST_CASE("a blob that trickles is given up in the end") {
    using std::chrono::minutes;
    CHECK(oci::blob_time_limit(0) == minutes(30));
    // 1 GB by 20 kB a second.
    CHECK(oci::blob_time_limit(1'000'000'000) == minutes(30) + std::chrono::seconds(50'000));
    CHECK(oci::blob_time_limit(UINT64_MAX) < std::chrono::hours(24 * 31));
}

TEST_CASE_FIXTURE(FaultFixture, "refusals are told with the registry's words") {
    struct Case {
        int status;
        const char* words;
        base::ExitCode code;
    };

    for (const Case& one : {
             Case{401, "401 Unauthorized", base::ExitCode::fetch},
             Case{403, "403 Forbidden", base::ExitCode::fetch},
             Case{404, "404 Not Found", base::ExitCode::fetch},
             Case{429, "429 Too Many Requests", base::ExitCode::retryable},
             Case{500, "500 Internal Server Error", base::ExitCode::retryable},
         }) {
        CAPTURE(one.status);
        FakeRegistry other;
        allow_http(other.name());
        other.put("name", "1", image);
        other.server.misbehave(
            manifest_path,
            {.status = one.status,
             .body = R"({"errors":[{"code":"SOME","message":"its own words"}]})"});
        const auto error = failure([&] { (void)resolve("docker://" + other.name() + "/name:1"); });
        REQUIRE(error);
        CHECK(
            std::string(error->what()) ==
            fmt::format(
                "{0}/name:1: http://{0}{1}: {2}: its own words (SOME)",
                other.name(),
                manifest_path,
                one.words));
        CHECK(error->exit_code() == one.code);
    }
}

TEST_CASE_FIXTURE(FaultFixture, "manifests that are none") {
    SUBCASE("no JSON") {
        registry.put_tag("name", "1", "<html>moved</html>");
        CHECK(error_of(uri).starts_with(
            reference + ": manifest " + test::digest_text("<html>moved</html>") +
            ":1:1: not valid JSON: "));
    }
    SUBCASE("cut off") {
        const std::string half = image.manifest.substr(0, 100);
        registry.put_tag("name", "1", half);
        CHECK(error_of(uri).find("not valid JSON") != std::string::npos);
    }
    SUBCASE("another content type than inside") {
        registry.server.misbehave(
            manifest_path,
            {.headers = {{"Content-Type", "application/vnd.oci.image.index.v1+json"}}});
        CHECK(
            error_of(uri) ==
            fmt::format(
                "{}: manifest {}: is sent as \"application/vnd.oci.image.index.v1+json\" but calls "
                "itself \"application/vnd.oci.image.manifest.v1+json\"",
                reference,
                test::digest_text(image.manifest)));
    }
    SUBCASE("another digest than stated") {
        registry.server.misbehave(
            manifest_path, {.headers = {{"Docker-Content-Digest", test::digest_text("other")}}});
        CHECK(
            error_of(uri) == fmt::format(
                                 "{}: {}: expected {}, found {}",
                                 reference,
                                 registry.server.url(manifest_path),
                                 test::digest_text("other"),
                                 test::digest_text(image.manifest)));
        CHECK(stored() == 0);
    }
    SUBCASE("schema 1") {
        registry.put_tag("name", "1", R"({"schemaVersion":1,"fsLayers":[]})");
        CHECK(
            error_of(uri).find("is of Docker's schema 1, which is too old to be used") !=
            std::string::npos);
    }
}

TEST_CASE_FIXTURE(FaultFixture, "a content type that says nothing does no harm") {
    registry.server.misbehave(manifest_path, {.headers = {{"Content-Type", "text/plain"}}});
    CHECK(pull(uri) == layer + "small");
}

TEST_CASE_FIXTURE(FaultFixture, "redirects lead to no end and to no file") {
    const auto redirect = [this](const std::string& target) {
        registry.server.misbehave(layer_path, {.status = 302, .headers = {{"Location", target}}});
    };
    SUBCASE("a circle") {
        redirect(layer_url);
        CHECK(error_of(uri) == fmt::format("{}: {}: more than 10 redirects", reference, layer_url));
    }
    SUBCASE("a file") {
        const std::string file = write("secret", layer);
        redirect("file://" + file);
        CHECK(
            error_of(uri) == fmt::format(
                                 "{}: {}: redirects to file://{}, which is not followed",
                                 reference,
                                 layer_url,
                                 file));
    }
    check_nothing_is_left();
}

TEST_CASE_FIXTURE(FaultFixture, "an unchanged tag costs one HEAD") {
    registry.server.misbehave(
        manifest_path, {.headers = {{"Docker-Content-Digest", test::digest_text(image.manifest)}}});
    (void)resolve(uri);
    const std::size_t before = registry.server.requests().size();
    const oci::PinnedImage again = resolve(uri);
    CHECK(again.config.bytes == image.config);
    REQUIRE(registry.server.requests().size() == before + 1);
    CHECK(registry.server.requests().back().method == "HEAD");
}

TEST_CASE_FIXTURE(FaultFixture, "a moved tag is fetched anew") {
    (void)resolve(uri);
    const TestImage other({"other"});
    registry.put("name", "1", other);
    CHECK(pull(uri) == "other");
}

TEST_CASE_FIXTURE(
    FaultFixture, "what was pulled once comes from the store when the registry is gone") {
    CHECK(pull(uri) == layer + "small");
    registry.server.misbehave("*", {.status = 503});
    CHECK(pull(uri) == layer + "small");
    REQUIRE(reporter.warnings().size() == 1);
    CHECK(reporter.warnings().front().starts_with(
        reference + ": " + registry.server.url(manifest_path)));
    CHECK(reporter.warnings().front().find("taking what it was on") != std::string::npos);
    const std::size_t before = registry.server.requests().size();
    CHECK(
        pull("docker://" + registry.name() + "/name@" + test::digest_text(image.manifest)) ==
        layer + "small");
    CHECK(registry.server.requests().size() == before);
}

TEST_CASE_FIXTURE(FaultFixture, "a digest of one repository is not taken for that of another") {
    const std::string digest = "@" + test::digest_text(image.manifest);
    CHECK(pull(uri) == layer + "small");
    // One that has never been.
    const auto absent =
        failure([&] { (void)resolve("docker://" + registry.name() + "/x" + digest); });
    REQUIRE(absent);
    CHECK(std::string(absent->what()).find("404 Not Found") != std::string::npos);
    CHECK(absent->exit_code() == base::ExitCode::fetch);
    // One that may not be read.
    registry.put("locked", "1", image);
    registry.server.misbehave("/v2/locked/manifests/" + digest.substr(1), {.status = 403});
    const auto locked =
        failure([&] { (void)resolve("docker://" + registry.name() + "/locked" + digest); });
    REQUIRE(locked);
    CHECK(std::string(locked->what()).find("403 Forbidden") != std::string::npos);
    // One that has it, too, is asked once, and sends nothing that is there already.
    registry.put("copy", "1", image);
    const std::string copy = "docker://" + registry.name() + "/copy" + digest;
    const std::size_t before = registry.server.requests().size();
    CHECK(pull(copy) == layer + "small");
    const std::size_t asked = registry.server.requests().size();
    CHECK(asked > before);
    for (const test::SeenRequest& request : registry.server.requests()) {
        CHECK(request.path.find("/v2/copy/blobs/") == std::string::npos);
    }
    CHECK(pull(copy) == layer + "small");
    CHECK(registry.server.requests().size() == asked);
}

TEST_CASE_FIXTURE(FaultFixture, "a registry that gives no answer is asked by one image only") {
    auto gone = std::make_unique<FakeRegistry>();
    const std::string name = gone->name();
    allow_http(name);
    for (const char* const repository : {"a", "b"}) {
        gone->put(repository, "1", image);
        (void)resolve("docker://" + name + "/" + repository + ":1");
    }
    gone.reset();
    registries = std::make_shared<oci::RegistryPool>();
    (void)resolve("docker://" + name + "/a:1");
    (void)resolve("docker://" + name + "/b:1");
    REQUIRE(reporter.warnings().size() == 2);
    CHECK(reporter.warnings().front().starts_with(name + "/a:1: http://" + name + "/v2/a/"));
    CHECK(reporter.warnings().back().starts_with(
        name + "/b:1: http://" + name + ": failed before: "));
    CHECK(reporter.warnings().back().find("taking what it was on") != std::string::npos);
    const auto error = failure([&] { (void)resolve("docker://" + name + "/new:1"); });
    REQUIRE(error);
    CHECK(std::string(error->what()).find("failed before: ") != std::string::npos);
    CHECK(error->exit_code() == base::ExitCode::retryable);
}

TEST_CASE_FIXTURE(FaultFixture, "a registry that serves nobody is retried by one image only") {
    for (const int status : {429, 502, 503, 504}) {
        CAPTURE(status);
        FakeRegistry busy;
        allow_http(busy.name());
        registries = std::make_shared<oci::RegistryPool>();
        for (const char* const repository : {"a", "b"}) {
            busy.put(repository, "1", image);
            (void)resolve("docker://" + busy.name() + "/" + repository + ":1");
        }
        registries = std::make_shared<oci::RegistryPool>();
        busy.server.misbehave("*", {.status = status, .headers = {{"Retry-After", "0"}}});
        (void)resolve("docker://" + busy.name() + "/a:1");
        const std::size_t before = busy.server.requests().size();
        (void)resolve("docker://" + busy.name() + "/b:1");
        CHECK(busy.server.requests().size() == before);
        CHECK(reporter.warnings().back().starts_with(
            fmt::format("{0}/b:1: http://{0}: failed before: {1} ", busy.name(), status)));
    }
}

TEST_CASE_FIXTURE(FaultFixture, "a registry that fails for one image is asked for others") {
    registry.put("other", "1", image);
    registry.server.misbehave(manifest_path, {.status = 500, .headers = {{"Retry-After", "0"}}});
    registries = std::make_shared<oci::RegistryPool>();
    CHECK(error_of(uri).find("500 Internal Server Error") != std::string::npos);
    (void)resolve("docker://" + registry.name() + "/other:1");
    CHECK(reporter.warnings().empty());
}

TEST_CASE_FIXTURE(FaultFixture, "a registry that answered once is asked again") {
    registries = std::make_shared<oci::RegistryPool>();
    (void)resolve(uri);
    registry.server.misbehave(manifest_path, {.after = 0, .ending = test::Fault::Ending::reset});
    (void)resolve(uri);
    CHECK(reporter.warnings().size() == 1);
    registry.put("other", "1", image);
    (void)resolve("docker://" + registry.name() + "/other:1");
    CHECK(reporter.warnings().size() == 1);
}

TEST_CASE_FIXTURE(FaultFixture, "mirrors come first, and the registry itself when they fail") {
    FakeRegistry mirror;
    mirror.put("copy/name", "1", image);
    write(
        "etc/containers/registries.conf.d/mirrors.conf",
        fmt::format(
            "[[registry]]\nlocation=\"{}\"\ninsecure=true\n"
            "[[registry.mirror]]\nlocation=\"{}/copy\"\ninsecure=true\n",
            registry.name(),
            mirror.name()));
    base::remove_tree(
        directory / ("etc/containers/registries.conf.d/" + registry.name() + ".conf"));
    SUBCASE("a mirror that has it") {
        CHECK(pull(uri) == layer + "small");
        CHECK(registry.server.requests().empty());
    }
    SUBCASE("a mirror that hasn't") {
        mirror.server.misbehave("*", {.status = 404});
        CHECK(pull(uri) == layer + "small");
        CHECK(!registry.server.requests().empty());
    }
    SUBCASE("a mirror that breaks in the middle") {
        mirror.server.misbehave(
            "/v2/copy/name/blobs/" + test::digest_text(layer),
            {.after = 100'000, .ending = test::Fault::Ending::reset});
        CHECK(pull(uri) == layer + "small");
        CHECK(last_range(registry, layer_path).starts_with("bytes="));
    }
}

TEST_CASE_FIXTURE(FaultFixture, "short names are looked for where registries.conf says") {
    FakeRegistry second;
    allow_http(second.name());
    const TestImage other({"other"});
    second.put("only/there", "1", other);
    write(
        "etc/containers/registries.conf",
        fmt::format(
            "unqualified-search-registries = [\"{}\", \"{}\"]\n[aliases]\n\"short\" = "
            "\"{}/name\"\n",
            registry.name(),
            second.name(),
            registry.name()));
    CHECK(pull("short:1") == layer + "small");
    CHECK(pull("only/there:1") == "other");
    CHECK(resolve("only/there:1").reference == second.name() + "/only/there:1");
    write("etc/containers/registries.conf.d/mode.conf", "short-name-mode = \"enforcing\"\n");
    CHECK(error_of("name:1") == "\"name\" is a short name that could mean 2 images");
}

TEST_CASE_FIXTURE(FaultFixture, "a blocked registry is not asked") {
    write(
        "etc/containers/registries.conf.d/" + registry.name() + ".conf",
        "[[registry]]\nlocation=\"" + registry.name() + "\"\nblocked=true\n");
    CHECK(
        error_of(uri) ==
        fmt::format(
            "{0}/name:1: {0} is blocked by {1}/etc/containers/registries.conf.d/{0}.conf",
            registry.name(),
            directory.path()));
    CHECK(registry.server.requests().empty());
}
