// SPDX-License-Identifier: Apache-2.0
#include "component/apt/fixture.hpp"
#include "component/apt/repository.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::test;
using Names = std::vector<std::string>;

namespace {

struct IndexFixture : AptFixture {
    TestRepository repository = TestRepository::sample();

    Failure resolve_failure(const package::PackageSource& source) {
        return failure_of([&] { apt.resolve(request_for(source, {"server"}), context); });
    }

    std::string packages_path() const {
        return repository.directory() + "main/binary-amd64/Packages.xz";
    }
};

} // namespace

TEST_SUITE("apt indexes") {
    TEST_CASE_FIXTURE(IndexFixture, "the second build asks only whether anything changed") {
        repository.publish(server);
        auto request = request_for(repository.source(server), {"server"});
        apt.resolve(request, context);
        const std::size_t before = server.requests().size();
        apt.resolve(request, context);
        const auto requests = server.requests();
        REQUIRE(requests.size() == before + 1);
        CHECK(requests.back().path == repository.directory() + "InRelease");
        CHECK_FALSE(requests.back().header("if-none-match").empty());
        request.refresh = true;
        apt.resolve(request, context);
        CHECK(server.requests().back().header("if-none-match").empty());
    }

    TEST_CASE_FIXTURE(
        IndexFixture, "of several forms of an index the one is got that is ready first") {
        repository.with_gzip = true;
        repository.publish(server);
        apt.resolve(request_for(repository.source(server), {"server"}), context);
        CHECK(server.count(repository.directory() + "main/binary-amd64/Packages.gz") == 1);
        CHECK(server.count(packages_path()) == 0);
    }

    TEST_CASE_FIXTURE(IndexFixture, "every step with an index is shown, and counted in bytes") {
        repository.publish(server);
        const package::PackageSource source = repository.source(server);
        apt.resolve(request_for(source, {"server"}), context);
        Names shown;
        for (const base::ActivityInfo& activity : reporter.activities()) {
            if (activity.title.find("Packages") != std::string::npos ||
                activity.title.find("indexes") != std::string::npos) {
                shown.push_back(activity.title + (activity.total > 0 ? ": " + activity.unit : ""));
            }
        }
        const std::string file = source.alias + " main/binary-amd64/Packages.xz";
        CHECK(
            shown == Names{
                         "getting the package indexes",
                         file + ": bytes",
                         "unpacking " + file,
                         "reading the package indexes"});
    }

    TEST_CASE_FIXTURE(IndexFixture, "a request that differs needs no second download") {
        repository.publish(server);
        apt.resolve(request_for(repository.source(server), {"server"}), context);
        apt.resolve(request_for(repository.source(server), {"other-lib"}), context);
        CHECK(server.count(packages_path()) == 1);
    }

    TEST_CASE_FIXTURE(IndexFixture, "by digest where the repository offers it, else by name") {
        repository.by_hash = true;
        repository.publish(server);
        apt.resolve(request_for(repository.source(server), {"server"}), context);
        CHECK(server.count(packages_path()) == 0);

        TestRepository without = repository;
        without.path = "/without";
        without.packages[2].version = "1:9-1";
        without.publish(server);
        without.by_hash = false;
        server.put(
            without.directory() + "InRelease",
            without.key->sign_inline("Acquire-By-Hash: yes\n" + without.release_text()));
        const auto resolution =
            apt.resolve(request_for(without.source(server), {"server"}), context);
        CHECK(names_of(resolution)[2] == "server 1:9-1");
    }

    TEST_CASE_FIXTURE(IndexFixture, "an index with another digest than signed") {
        repository.publish(server);
        server.misbehave(packages_path(), {.wrong_bytes = true});
        const Failure failure = resolve_failure(repository.source(server));
        CHECK(failure.code == base::ExitCode::fetch);
        CHECK(failure.position == "config.xml:5:9");
        CHECK(failure.message.starts_with("repository 'test': " + server.url(packages_path())));
        CHECK(
            failure.hint ==
            "the mirror is damaged or being updated: try again later, or use another");
        // Nothing of it is kept.
        server.misbehave(packages_path(), {});
        CHECK(failure_of([&] {
                  HttpServer good;
                  repository.publish(good);
                  apt.resolve(request_for(repository.source(good), {"server"}), context);
              }).message.empty());
    }

    TEST_CASE_FIXTURE(IndexFixture, "an index that is not there although it is signed") {
        repository.publish(server);
        server.misbehave(packages_path(), {.status = 404});
        const Failure failure = resolve_failure(repository.source(server));
        CHECK(
            failure.message ==
            "repository 'test': " + server.url(packages_path()) +
                ": the mirror does not have it, though its Release file says so");
        CHECK(failure.code == base::ExitCode::fetch);
    }

    TEST_CASE_FIXTURE(IndexFixture, "no repository at all") {
        const Failure failure = resolve_failure(repository.source(server));
        CHECK(
            failure.message == "repository 'test': " + server.url(repository.directory()) +
                                   ": there is neither InRelease nor Release");
        CHECK(failure.hint == "check the URL and the distribution of this repository");
        CHECK(failure.position == "config.xml:5:9");
        CHECK(failure.code == base::ExitCode::fetch);
    }

    TEST_CASE_FIXTURE(IndexFixture, "a component that is not there") {
        repository.publish(server);
        package::PackageSource source = repository.source(server);
        source.components = {"main", "non-fre"};
        const Failure failure = resolve_failure(source);
        CHECK(
            failure.message ==
            "repository 'test' has no component 'non-fre' in distribution 'stable'");
        CHECK(failure.hint == "its components are: main");
        CHECK(failure.position == "config.xml:5:9");
        CHECK(failure.code == base::ExitCode::fetch);
    }

    TEST_CASE_FIXTURE(IndexFixture, "an architecture that is not there") {
        repository.publish(server);
        auto request = request_for(repository.source(server), {"server"});
        request.architecture = "aarch64";
        const Failure failure = failure_of([&] { apt.resolve(request, context); });
        CHECK(
            failure.message ==
            "repository 'test' has no packages for architecture arm64 in stable/main");
        CHECK(failure.hint == "its architectures are: amd64");
    }

    TEST_CASE_FIXTURE(IndexFixture, "a flat repository") {
        repository.flat = true;
        repository.publish(server);
        const auto resolution =
            apt.resolve(request_for(repository.source(server), {"server"}), context);
        CHECK(resolution.packages.size() == 4);
        package::PackageSource source = repository.source(server);
        source.distribution = "./";
        CHECK(apt.resolve(request_for(source, {"server"}), context).packages.size() == 4);
    }

    TEST_CASE_FIXTURE(IndexFixture, "a flat repository without Release file, if nobody checks") {
        server.put("/debian/Packages", repository.packages_text());
        repository.flat = true;
        package::PackageSource source = repository.source(server);
        CHECK(
            resolve_failure(source).message == "repository 'test': " + server.url("/debian/") +
                                                   ": there is neither InRelease nor Release");
        source.check_signature = false;
        const auto first = apt.resolve(request_for(source, {"server"}), context);
        CHECK(first.packages.size() == 4);
        CHECK(apt.resolve(request_for(source, {"server"}), context).cached);
        repository.packages[2].version = "1:9-1";
        server.put("/debian/Packages", repository.packages_text());
        const auto second = apt.resolve(request_for(source, {"server"}), context);
        CHECK_FALSE(second.cached);
        CHECK(names_of(second)[2] == "server 1:9-1");
    }

    TEST_CASE_FIXTURE(IndexFixture, "several components of one repository") {
        repository.components = {"main", "extra/part_1"};
        repository.publish(server);
        CHECK(
            apt.resolve(request_for(repository.source(server), {"server"}), context)
                .packages.size() == 4);
    }
}
