// SPDX-License-Identifier: Apache-2.0
#include "base/time.hpp"
#include "component/apt/fixture.hpp"
#include "component/apt/repository.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::test;
using Names = std::vector<std::string>;

namespace {

struct SignatureFixture : AptFixture {
    TestRepository repository = TestRepository::sample();

    Failure resolve_failure(const package::PackageSource& source) {
        return failure_of([&] { apt.resolve(request_for(source, {"server"}), context); });
    }

    std::string place(const std::string& file) const {
        return "repository 'test': " + server.url(repository.directory() + file);
    }
};

} // namespace

TEST_SUITE("apt signatures") {
    TEST_CASE_FIXTURE(SignatureFixture, "a signature beside the Release file is as good") {
        repository.detached = true;
        repository.publish(server);
        CHECK(resolve_failure(repository.source(server)).message.empty());
        package::PackageSource source = repository.source(server);
        source.keys = {second_key().public_key(), first_key().public_key()};
        CHECK(resolve_failure(source).message.empty());
    }

    TEST_CASE_FIXTURE(SignatureFixture, "another key than the description's is named") {
        for (const bool detached : {false, true}) {
            CAPTURE(detached);
            repository.detached = detached;
            repository.path = detached ? "/b" : "/a";
            repository.publish(server);
            package::PackageSource source = repository.source(server);
            source.keys = {second_key().public_key()};
            const Failure failure = resolve_failure(source);
            CHECK(
                failure.message == place(detached ? "Release" : "InRelease") +
                                       ": it is signed by key " + first_key().id() +
                                       ", which is not among the keys of the description");
            CHECK(failure.code == base::ExitCode::fetch);
            CHECK(failure.position == "config.xml:5:9");
            CHECK(
                failure.hint ==
                "if the key that signs this repository has changed, get the new one from its "
                "owner and name it in <signing key=\"…\"/> of the repository's <source>");
        }
    }

    TEST_CASE_FIXTURE(SignatureFixture, "a changed text is refused") {
        repository.publish(server);
        std::string text = first_key().sign_inline(repository.release_text());
        text.replace(text.find("Origin: Test"), 12, "Origin: Evil");
        server.put(repository.directory() + "InRelease", text);
        const Failure failure = resolve_failure(repository.source(server));
        CHECK(
            failure.message == place("InRelease") + ": the signature by key " + first_key().id() +
                                   " does not fit the text");
        CHECK(
            failure.hint ==
            "the file was changed after it was signed, or damaged on its way: try again later, or "
            "use another mirror; if it stays so, tell the mirror's owner");
    }

    TEST_CASE_FIXTURE(SignatureFixture, "text outside the signed part is not used") {
        repository.publish(server);
        const std::string text = first_key().sign_inline(repository.release_text());
        server.put(repository.directory() + "InRelease", "Suite: evil\n\n" + text);
        CHECK(
            resolve_failure(repository.source(server)).message ==
            place("InRelease") + ": there is no signature for it");
        server.put(repository.directory() + "InRelease", text + "\nSuite: evil\n");
        const auto resolution =
            apt.resolve(request_for(repository.source(server), {"server"}), context);
        CHECK(resolution.indexes[0].digest == crypto::sha256(repository.release_text()));
    }

    TEST_CASE_FIXTURE(SignatureFixture, "no signature") {
        repository.key = nullptr;
        repository.publish(server);
        package::PackageSource source = repository.source(server);
        source.keys = {first_key().public_key()};
        const Failure failure = resolve_failure(source);
        CHECK(failure.message == place("Release") + ": there is no signature for it");
        CHECK(
            failure.hint ==
            "a repository that is not signed can only be used with repository_gpgcheck=\"false\"");
    }

    TEST_CASE_FIXTURE(SignatureFixture, "the check can be switched off, and that is told") {
        repository.key = nullptr;
        repository.publish(server);
        package::PackageSource source = repository.source(server);
        source.check_signature = false;
        const auto resolution = apt.resolve(request_for(source, {"server"}), context);
        CHECK_FALSE(resolution.indexes[0].signature_checked);
        CHECK(
            reporter.warnings() ==
            Names{"config.xml:5:9: the signature of repository 'test' is not checked, as the "
                  "description says"});
    }

    TEST_CASE_FIXTURE(SignatureFixture, "an expired index is refused with its date") {
        repository.valid_until = -100;
        repository.publish(server);
        const std::string until = base::format_utc(repository.now - 100);
        const Failure failure = resolve_failure(repository.source(server));
        CHECK(failure.message == place("InRelease") + ": it expired at " + until);
        CHECK(failure.code == base::ExitCode::fetch);
        CHECK(
            failure.hint ==
            "the mirror is out of date: use another one, or accept old packages with "
            "--allow-expired");
        auto request = request_for(repository.source(server), {"server"});
        request.allow_expired = true;
        const auto resolution = apt.resolve(request, context);
        CHECK(resolution.packages.size() == 4);
        CHECK(resolution.indexes[0].expired);
        CHECK(
            reporter.warnings() == Names{
                                       "the index of repository 'test' expired at " + until +
                                       "; used because of --allow-expired"});
    }

    TEST_CASE_FIXTURE(SignatureFixture, "an index of the future is refused") {
        repository.date = 7200;
        repository.valid_until = 9000;
        repository.publish(server);
        CHECK(resolve_failure(repository.source(server))
                  .message.starts_with(place("InRelease") + ": it was made in the future, at "));
    }

    TEST_CASE_FIXTURE(SignatureFixture, "a key that is none") {
        repository.publish(server);
        package::PackageSource source = repository.source(server);
        source.keys = {"no key"};
        CHECK(
            resolve_failure(source).message ==
            "repository 'test': a signing key of the repository can't be used: it is neither an "
            "armoured nor a binary OpenPGP public key");
    }
}
