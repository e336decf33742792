// SPDX-License-Identifier: Apache-2.0
#include "base/base64.hpp"
#include "config/registry_certificates.hpp"
#include "config/registry_credentials.hpp"
#include "host_directory.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

using namespace imgbuild;
using namespace imgbuild::config;
using config::test::HostDirectory;
using config::test::refusal_of;

namespace {

std::string entry(const std::string& registry, const std::string& user) {
    return fmt::format(
        R"("{}":{{"auth":"{}"}})", registry, base::base64_encode(user + ":pass:word"));
}

struct LoginFixture {
    HostDirectory place;
    base::SilentReporter reporter;
    base::ThreadPool pool{1};
    base::Context context{reporter, pool, {}};
    std::map<std::string, std::string> environment;

    std::string user_for(const std::string& registry, const std::string& path = "a/b") {
        const auto login =
            RegistryCredentials(place.host(environment), "").find(registry, path, context);
        return login ? login->user : "";
    }
};

} // namespace

TEST_CASE_FIXTURE(LoginFixture, "files are asked in podman's order") {
    CHECK(user_for("r.example").empty());
    environment["WAREWULF_OCI_USERNAME"] = "warewulf";
    environment["WAREWULF_OCI_PASSWORD"] = "x";
    CHECK(user_for("r.example") == "warewulf");
    place.put("home/.dockercfg", "{" + entry("r.example", "dockercfg") + "}");
    CHECK(user_for("r.example") == "dockercfg");
    place.put("home/.docker/config.json", "{\"auths\":{" + entry("r.example", "docker") + "}}");
    CHECK(user_for("r.example") == "docker");
    place.put(
        "home/.config/containers/auth.json", "{\"auths\":{" + entry("r.example", "config") + "}}");
    CHECK(user_for("r.example") == "config");
    place.put("run/containers/0/auth.json", "{\"auths\":{" + entry("r.example", "sudo") + "}}");
    CHECK(user_for("r.example") == "config");
    const auto of_root =
        RegistryCredentials(place.host(environment, true), "").find("r.example", "a/b", context);
    REQUIRE(of_root);
    CHECK(of_root->user == "sudo");
    place.put("run/containers/auth.json", "{\"auths\":{" + entry("r.example", "run") + "}}");
    environment["XDG_RUNTIME_DIR"] = place / "run";
    CHECK(user_for("r.example") == "run");
    place.put("mine.json", "{\"auths\":{" + entry("r.example", "mine") + "}}");
    environment["REGISTRY_AUTH_FILE"] = place / "mine.json";
    CHECK(user_for("r.example") == "mine");
    CHECK(user_for("other.example") == "warewulf");
}

TEST_CASE_FIXTURE(
    LoginFixture, "in a file the longest namespace counts, then how docker used to write it") {
    place.put(
        "home/.config/containers/auth.json",
        "{\"auths\":{" + entry("r.example", "registry") + "," + entry("r.example/a", "group") +
            "," + entry("https://index.docker.io/v1/", "hub") + "," +
            entry("https://old.example/v2/", "old") + "}}");
    CHECK(user_for("r.example", "a/b") == "group");
    CHECK(user_for("r.example", "ab/c") == "registry");
    CHECK(user_for("docker.io", "library/debian") == "hub");
    CHECK(user_for("old.example") == "old");
    const auto login = RegistryCredentials(place.host(), "").find("r.example", "x", context);
    REQUIRE(login);
    CHECK(login->password == "pass:word");
    CHECK(place.shown(login->origin) == "ROOT/home/.config/containers/auth.json");
}

TEST_CASE_FIXTURE(LoginFixture, "a damaged file is said so, without what is in it") {
    place.put(
        "home/.config/containers/auth.json", R"({"auths":{"r.example":{"auth":"c2VjcmV0"}}})");
    CHECK(
        place.shown(refusal_of([&] { (void)user_for("r.example"); })) ==
        "ROOT/home/.config/containers/auth.json: the login for r.example: \"auth\" is not "
        "USER:PASSWORD in base64");
    CHECK(refusal_of([&] {
              RegistryCredentials(place.host(), "/nonexistent");
          }) == "--authfile: /nonexistent is no file that can be read");
}

TEST_CASE_FIXTURE(LoginFixture, "a credential helper that hangs is given up") {
    place.put("home/.docker/config.json", R"({"credsStore":"hangs"})");
    place.put("bin/docker-credential-hangs", "#!/bin/sh\nsleep 1000 & sleep 1000\n");
    std::filesystem::permissions(
        place / "bin/docker-credential-hangs", std::filesystem::perms::owner_all);
    const char* const path = std::getenv("PATH");
    const std::string old_path = path == nullptr ? "" : path;
    ::setenv("PATH", (place / "bin" + ":" + old_path).c_str(), 1);
    const RegistryCredentials credentials(place.host(), "", std::chrono::milliseconds(300));
    try {
        (void)credentials.find("r.example", "a", context);
        FAIL("it has waited");
    } catch (const base::Error& error) {
        CHECK(
            std::string(error.what()) == "asking for the login for r.example: "
                                         "docker-credential-hangs has not ended after 0.3 s");
        CHECK(error.hint() == "see whether it waits for somebody to unlock what it keeps");
        CHECK(error.exit_code() == base::ExitCode::fetch);
    }
    ::setenv("PATH", old_path.c_str(), 1);
}

TEST_CASE_FIXTURE(
    LoginFixture, "certificates come from the first certs.d that knows the registry") {
    CHECK(find_registry_certificates(place.host(), "r.example:5000").authorities.empty());
    place.put("etc/docker/certs.d/r.example:5000/old.crt", "x");
    place.put("etc/containers/certs.d/r.example:5000/ca.crt", "x");
    place.put("etc/containers/certs.d/r.example:5000/client.cert", "x");
    CHECK(
        place.shown(refusal_of(
            [&] { (void)find_registry_certificates(place.host(), "r.example:5000"); })) ==
        "ROOT/etc/containers/certs.d/r.example:5000/client.cert: there is no key for it | its key "
        "must be ROOT/etc/containers/certs.d/r.example:5000/client.key");
    place.put("etc/containers/certs.d/r.example:5000/client.key", "x");
    const RegistryCertificates found = find_registry_certificates(place.host(), "r.example:5000");
    CHECK(found.authorities.size() == 1);
    CHECK(place.shown(found.client_key) == "ROOT/etc/containers/certs.d/r.example:5000/client.key");
}

TEST_CASE("base64 goes both ways") {
    for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xff\xfe"}) {
        CHECK(base::base64_decode(base::base64_encode(text)) == text);
    }
    CHECK(base::base64_encode("user:secret") == "dXNlcjpzZWNyZXQ=");
    CHECK(base::base64_decode("dXNl\ncjpzZWNyZXQ") == "user:secret");
    CHECK(!base::base64_decode("a"));
    CHECK(!base::base64_decode("a*b="));
    CHECK(!base::base64_decode("YQ==YQ"));
}
