// SPDX-License-Identifier: Apache-2.0
#include "base/base64.hpp"
#include "fixture.hpp"
#include "process/process.hpp"

using namespace imgbuild;
using test::FakeRegistry;
using test::PullFixture;
using test::TestImage;

namespace {

const TestImage image({"first", "second"});

std::string claim(const char* type, const std::string& digest, const std::string& reference) {
    return fmt::format(
        R"({{"critical":{{"type":"{}","image":{{"docker-manifest-digest":"{}"}},)"
        R"("identity":{{"docker-reference":"{}"}}}},"optional":{{}}}})",
        type,
        digest,
        reference);
}

struct PolicyFixture : PullFixture {
    FakeRegistry registry;
    std::string reference = registry.name() + "/group/name:1";
    std::string uri = "docker://" + reference;
    std::string digest = test::digest_text(image.manifest);

    PolicyFixture() {
        allow_http(registry.name());
        registry.put("group/name", "1", image);
    }

    void run(std::vector<std::string> argv) const {
        process::Command command;
        command.argv = std::move(argv);
        (void)process::run_or_throw(command, context);
    }

    /// What policy.json says about this registry; anything else is refused.
    void require(const std::string& requirement) {
        policy = write(
            "policy.json",
            fmt::format(
                R"({{"default":[{{"type":"reject"}}],"transports":{{"docker":{{"{}/group":[{}]}}}}}})",
                registry.name(),
                requirement));
    }

    std::string refusal(const std::string& cause) const {
        return fmt::format(
            "{}: refused by {}, scope \"docker {}/group\": {}",
            reference,
            policy,
            registry.name(),
            cause);
    }
};

struct GpgFixture : PolicyFixture {
    GpgFixture() {
        base::make_directories(directory / "gpg", 0700);
        gpg({"--passphrase", "", "--quick-gen-key", "signer@example", "rsa2048", "sign", "never"});
        gpg({"--armor", "--output", directory / "key.asc", "--export", "signer@example"});
        write(
            "etc/containers/registries.d/x.yaml",
            "default-docker:\n  lookaside: file://" + (directory / "sigs") + "\n");
    }

    ~GpgFixture() {
        process::Command command;
        command.argv = {"gpgconf", "--homedir", directory / "gpg", "--kill", "all"};
        (void)process::run(command, context);
    }

    GpgFixture(const GpgFixture&) = delete;
    GpgFixture& operator=(const GpgFixture&) = delete;

    void gpg(const std::vector<std::string>& more) const {
        std::vector<std::string> argv = {
            "gpg", "--homedir", directory / "gpg", "--batch", "--quiet"};
        argv.insert(argv.end(), more.begin(), more.end());
        run(argv);
    }

    void sign(const std::string& payload) const {
        const std::string text = write("payload", payload);
        const std::string place =
            "sigs/group/name@sha256=" + crypto::sha256(image.manifest).hex() + "/signature-1";
        (void)write(place, "");
        base::remove_tree(directory / place);
        gpg({"--output", directory / place, "--sign", text});
    }

    void require_signer(const std::string& more = "") {
        require(
            R"({"type":"signedBy","keyType":"GPGKeys","keyPath":")" + (directory / "key.asc") +
            "\"" + more + "}");
    }
};

} // namespace

TEST_CASE_FIXTURE(PolicyFixture, "without a policy anything is let in, and that is said") {
    CHECK(resolve(uri).trust == "not checked: there is no policy.json");
    (void)write("etc/containers/policy.json", R"({"default":[{"type":"insecureAcceptAnything"}]})");
    CHECK(
        resolve(uri).trust == "not checked: " + (directory / "etc/containers/policy.json") +
                                  " accepts anything (\"default\")");
}

TEST_CASE_FIXTURE(PolicyFixture, "a rejected scope is named") {
    require(R"({"type":"reject"})");
    const auto error = failure([&] { (void)resolve(uri); });
    REQUIRE(error);
    CHECK(std::string(error->what()) == refusal("it says \"reject\""));
    CHECK(error->exit_code() == base::ExitCode::fetch);
}

TEST_CASE_FIXTURE(PolicyFixture, "what can't be checked lets nothing in") {
    require(R"({"type":"sigstoreSigned","fulcio":{"oidcIssuer":"x"}})");
    CHECK(error_of(uri) == refusal("its requirement \"sigstoreSigned\" can't be checked"));
}

TEST_CASE_FIXTURE(GpgFixture, "an image signed by GPG") {
    require_signer();
    SUBCASE("as it is") {
        sign(claim("atomic container signature", digest, reference));
        CHECK(resolve(uri).trust.starts_with("signed by the GPG key "));
    }
    SUBCASE("not at all") {
        CHECK(error_of(uri) == refusal("it is not signed"));
    }
    SUBCASE("as another image") {
        sign(claim("atomic container signature", test::digest_text("x"), reference));
        const auto error = failure([&] { (void)resolve(uri); });
        REQUIRE(error);
        CHECK(std::string(error->what()) == refusal("no signature of it counts"));
        CHECK(
            error->details().at(0) ==
            "a signature does not count: it is for the image " + test::digest_text("x"));
    }
    SUBCASE("under another name") {
        sign(claim("atomic container signature", digest, registry.name() + "/group/name:2"));
        CHECK(error_of(uri) == refusal("no signature of it counts"));
        require_signer(R"(,"signedIdentity":{"type":"matchRepository"})");
        CHECK(resolve(uri).trust.starts_with("signed by the GPG key "));
    }
    SUBCASE("by somebody else") {
        sign(claim("atomic container signature", digest, reference));
        gpg({"--passphrase", "", "--quick-gen-key", "other@example", "rsa2048", "sign", "never"});
        base::remove_tree(directory / "key.asc");
        gpg({"--armor", "--output", directory / "key.asc", "--export", "other@example"});
        CHECK(error_of(uri) == refusal("no signature of it counts"));
    }
    SUBCASE("with a signature that is changed") {
        sign(claim("atomic container signature", digest, reference));
        const std::string path =
            directory /
            ("sigs/group/name@sha256=" + crypto::sha256(image.manifest).hex() + "/signature-1");
        std::string bytes = base::read_file(path);
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
        base::replace_file(path, bytes);
        CHECK(error_of(uri) == refusal("no signature of it counts"));
    }
}

TEST_CASE_FIXTURE(PolicyFixture, "an image signed by a key of cosign") {
    const std::string key = directory / "key.pem";
    run({"openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key});
    run({"openssl", "ec", "-in", key, "-pubout", "-out", directory / "key.pub"});
    require(
        R"({"type":"sigstoreSigned","keyPath":")" + (directory / "key.pub") +
        R"(","signedIdentity":{"type":"matchRepository"}})");
    const auto sign = [&](const std::string& payload) {
        const std::string text = write("payload", payload);
        run({"openssl", "dgst", "-sha256", "-sign", key, "-out", directory / "sig", text});
        const std::string layer = test::descriptor_json(
            "application/vnd.dev.cosign.simplesigning.v1+json",
            payload,
            R"(,"annotations":{"dev.cosignproject.cosign/signature":")" +
                base::base64_encode(base::read_file(directory / "sig")) + "\"}");
        registry.server.put("/v2/group/name/blobs/" + test::digest_text(payload), payload);
        registry.put_tag(
            "group/name",
            "sha256-" + crypto::sha256(image.manifest).hex() + ".sig",
            R"({"schemaVersion":2,"layers":[)" + layer + "]}");
    };
    SUBCASE("as it is") {
        sign(claim("cosign container image signature", digest, registry.name() + "/group/name"));
        CHECK(resolve(uri).trust == "signed by a sigstore key");
    }
    SUBCASE("where registries.d says not to look") {
        sign(claim("cosign container image signature", digest, registry.name() + "/group/name"));
        write(
            "etc/containers/registries.d/no.yaml",
            "docker:\n  " + registry.name() + ":\n    use-sigstore-attachments: false\n");
        CHECK(error_of(uri) == refusal("it is not signed"));
    }
    SUBCASE("not at all") {
        CHECK(error_of(uri) == refusal("it is not signed"));
    }
    SUBCASE("as another image") {
        sign(claim(
            "cosign container image signature",
            test::digest_text("x"),
            registry.name() + "/group/name"));
        CHECK(error_of(uri) == refusal("no signature of it counts"));
    }
    SUBCASE("by somebody else") {
        sign(claim("cosign container image signature", digest, registry.name() + "/group/name"));
        run({"openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key});
        run({"openssl", "ec", "-in", key, "-pubout", "-out", directory / "key.pub"});
        CHECK(error_of(uri) == refusal("no signature of it counts"));
    }
}
