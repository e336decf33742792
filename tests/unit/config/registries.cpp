// SPDX-License-Identifier: Apache-2.0
#include "config/registries.hpp"

#include "config/lookaside.hpp"
#include "config/policy.hpp"
#include "host_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::config;
using config::test::HostDirectory;
using config::test::refusal_of;

namespace {

Registries parsed(const std::string& text) {
    Registries registries;
    registries.add(text, "r.conf");
    return registries;
}

std::vector<std::string> places(const Registries& registries, const std::string& repository) {
    std::vector<std::string> texts;
    for (const RegistryEndpoint& endpoint : registries.endpoints(repository, false)) {
        texts.push_back(endpoint.repository + (endpoint.is_insecure ? " insecure" : ""));
    }
    return texts;
}

} // namespace

TEST_CASE("a registry without a rule is asked itself") {
    CHECK(places(Registries(), "a.b/c") == std::vector<std::string>{"a.b/c"});
}

TEST_CASE("locations are rewritten, the longest prefix counts, mirrors come first") {
    const Registries registries = parsed(R"(
[[registry]]
prefix = "docker.io"
location = "hub.example/all"
[[registry.mirror]]
location = "mirror.example:5000/hub/"
insecure = true
[[registry.mirror]]
location = "digests.example"
pull-from-mirror = "digest-only"

[[registry]]
prefix = "docker.io/library"
location = "library.example"

[[registry]]
prefix = "*.corp.example"
insecure = true
)");
    CHECK(
        places(registries, "docker.io/a/b") ==
        std::vector<std::string>{"mirror.example:5000/hub/a/b insecure", "hub.example/all/a/b"});
    CHECK(
        places(registries, "docker.io/library/debian") ==
        std::vector<std::string>{"library.example/debian"});
    CHECK(places(registries, "docker.iox/a") == std::vector<std::string>{"docker.iox/a"});
    CHECK(
        places(registries, "x.corp.example:5000/a") ==
        std::vector<std::string>{"x.corp.example:5000/a insecure"});
    CHECK(places(registries, "corp.example/a") == std::vector<std::string>{"corp.example/a"});
    CHECK(registries.endpoints("docker.io/a", true).size() == 3);
}

TEST_CASE("a blocked registry is an error that names the file") {
    const Registries registries = parsed("[[registry]]\nlocation=\"a.b\"\nblocked=true\n");
    CHECK(
        refusal_of([&] { (void)registries.endpoints("a.b/c", false); }) ==
        "a.b is blocked by r.conf | take the image from another registry, or change that file");
}

TEST_CASE("a prefix that stands twice") {
    // As podman has it: the first one counts.
    CHECK(
        places(
            parsed("[[registry]]\nprefix=\"a.b\"\nlocation=\"first\"\n"
                   "[[registry]]\nprefix=\"a.b\"\nlocation=\"second\"\n"),
            "a.b/c") == std::vector<std::string>{"first/c"});
    CHECK(refusal_of([] {
              (void)parsed("[[registry]]\nlocation=\"a.b\"\n"
                           "[[registry]]\nlocation=\"a.b\"\ninsecure=true\n");
          }) == "r.conf:3:1: \"a.b\" is \"insecure\" in one [[registry]] and not in another");
    CHECK(refusal_of([] {
              (void)parsed("[[registry]]\nprefix=\"x\"\nlocation=\"a.b\"\nblocked=true\n"
                           "[[registry]]\nprefix=\"y\"\nlocation=\"a.b/\"\n");
          }) == "r.conf:5:1: \"a.b\" is \"blocked\" in one [[registry]] and not in another");
    CHECK(refusal_of([] {
              (void)parsed("[[registry]]\nprefix=\"*.x\"\n"
                           "[[registry]]\nprefix=\"*.x\"\nblocked=true\n");
          }) == "r.conf:3:1: \"*.x\" is \"blocked\" in one [[registry]] and not in another");
    // Another file may change its mind.
    Registries registries = parsed("[[registry]]\nlocation=\"a.b\"\n");
    registries.add("[[registry]]\nlocation=\"a.b\"\ninsecure=true\n", "later.conf");
    CHECK(places(registries, "a.b/c") == std::vector<std::string>{"a.b/c insecure"});
}

TEST_CASE("what is wrong in a file is said with its place") {
    CHECK(refusal_of([] {
              (void)parsed("[[registry]]\nlocation = 5\n");
          }) == "r.conf:2:12: \"location\" is no text");
    CHECK(refusal_of([] {
              (void)parsed("[[registry]]\nlocation = \"https://a.b\"\n");
          }).find("without a scheme") != std::string::npos);
    CHECK(refusal_of([] {
              (void)parsed("[registries.search]\nregistries = []\n");
          }).find("version 1") != std::string::npos);
    CHECK(refusal_of([] { (void)parsed("x = [\n"); }).find("r.conf:") == 0);
    CHECK(refusal_of([] {
              (void)parsed("short-name-mode = \"x\"\n");
          }).find("none of enforcing, permissive, disabled") != std::string::npos);
}

TEST_CASE("the user's file replaces the system's, drop-ins of both come over it") {
    const HostDirectory place;
    place.put("etc/containers/registries.conf", "unqualified-search-registries = [\"system\"]\n");
    place.put(
        "etc/containers/registries.conf.d/a.conf",
        "[aliases]\n\"x\" = \"a.b/x\"\n\"y\" = \"a.b/y\"\n");
    CHECK(Registries::load(place.host()).search() == std::vector<std::string>{"system"});
    place.put(
        "home/.config/containers/registries.conf", "unqualified-search-registries = [\"user\"]\n");
    place.put(
        "home/.config/containers/registries.conf.d/b.conf",
        "[aliases]\n\"x\" = \"c.d/x\"\n\"y\" = \"\"\n");
    const Registries registries = Registries::load(place.host());
    CHECK(registries.search() == std::vector<std::string>{"user"});
    CHECK(registries.aliases() == std::map<std::string, std::string>{{"x", "c.d/x"}});
    // Beside the user's file the system's drop-ins don't count.
    place.put("etc/containers/registries.conf.d/z.conf", "[aliases]\n\"z\" = \"a.b/z\"\n");
    CHECK(Registries::load(place.host()).aliases().count("z") == 0);
    // Beside a file that the environment names those of both do.
    place.put("only", "unqualified-search-registries = [\"only\"]\n");
    for (const char* const variable : {"CONTAINERS_REGISTRIES_CONF", "REGISTRIES_CONFIG_PATH"}) {
        const Registries only = Registries::load(place.host({{variable, place / "only"}}));
        CHECK(only.search() == std::vector<std::string>{"only"});
        CHECK(only.aliases() == std::map<std::string, std::string>{{"x", "c.d/x"}, {"z", "a.b/z"}});
    }
}

TEST_CASE("a policy's most specific scope counts") {
    const Policy policy = Policy::parse(
        R"({"default":[{"type":"reject"}],"transports":{"docker":{
            "":[{"type":"insecureAcceptAnything"}],
            "a.b/c":[{"type":"signedBy","keyType":"GPGKeys","keyPaths":["/k1","/k2"],
                      "signedIdentity":{"type":"matchRepository"}}],
            "a.b":[{"type":"sigstoreSigned","fulcio":{}}]}}})",
        "p.json");
    using Kind = PolicyRequirement::Kind;
    const PolicyRule signed_by = policy.find("docker", {"a.b/c:1", "a.b/c", "a.b"});
    CHECK(signed_by.scope == "docker a.b/c");
    CHECK(signed_by.requirements.at(0).kind == Kind::signed_by);
    CHECK(signed_by.requirements.at(0).key_files == std::vector<std::string>{"/k1", "/k2"});
    CHECK(policy.find("docker", {"a.b/x", "a.b"}).requirements.at(0).kind == Kind::unknown);
    CHECK(policy.find("docker", {"x"}).requirements.at(0).kind == Kind::accept_anything);
    CHECK(policy.find("dir", {"/x"}).requirements.at(0).kind == Kind::reject);
    CHECK(policy.find("dir", {"/x"}).scope == "default");
}

TEST_CASE("a file that is no policy lets nothing in") {
    for (
        const char* const text :
        {"{}",
         "[]",
         R"({"default":[]})",
         R"({"default":"x"})",
         // Slips that would let in more than was meant.
         R"({"default":[{"type":"insecureAcceptAnything"}],"transport":{}})",
         R"({"default":[{"type":"insecureAcceptAnything"}],"default":[{"type":"reject"}]})",
         R"({"default":[{"type":"insecureAcceptAnything","keyPath":"/k"}]})",
         R"({"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k","signedidentity":{}}]})",
         R"({"default":[{"type":"sigstoreSigned","keyPath":"/k","keypath":"/k"}]})",
         R"({"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k",
              "signedIdentity":{"type":"matchExact","prefx":"a"}}]})"}) {
        CAPTURE(text);
        CHECK_THROWS_AS((void)Policy::parse(text, "p"), base::Error);
    }
}

TEST_CASE("signatures lie where registries.d says") {
    const HostDirectory place;
    CHECK(
        place.shown(Lookaside::load(place.host()).find("a.b/c", "1")) ==
        "file://ROOT/home/.local/share/containers/sigstore");
    place.put("etc/containers/registries.d/default.yaml", R"(# comment
default-docker:
  lookaside: "https://default.example/sigs/" # comment
docker:
    registry.example:5000:
        sigstore: file:///srv/sigs
        use-sigstore-attachments: true
    registry.example:5000/group/name:
        lookaside: file:///srv/name
        use-sigstore-attachments: false
)");
    const Lookaside lookaside = Lookaside::load(place.host());
    CHECK(lookaside.find("a.b/c", "1") == "https://default.example/sigs");
    CHECK(lookaside.find("registry.example:5000/x", "") == "file:///srv/sigs");
    CHECK(lookaside.find("registry.example:5000/group/name", "1") == "file:///srv/name");
    CHECK(lookaside.uses_attachments("a.b/c", "1"));
    CHECK(lookaside.uses_attachments("registry.example:5000/x", "1"));
    CHECK_FALSE(lookaside.uses_attachments("registry.example:5000/group/name", "1"));
}
