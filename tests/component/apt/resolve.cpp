// SPDX-License-Identifier: Apache-2.0
#include "component/apt/fixture.hpp"
#include "component/apt/repository.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace imgbuild;
using namespace imgbuild::test;
using package::InstallStep;
using package::Resolution;
using Names = std::vector<std::string>;

TEST_SUITE("apt resolve") {
    TEST_CASE_FIXTURE(AptFixture, "essential and named packages with what they need") {
        const TestRepository repository = TestRepository::sample();
        repository.publish(server);
        const Resolution resolution =
            apt.resolve(request_for(repository.source(server), {"server"}), context);
        CHECK(resolution.package_manager == "apt");
        CHECK_FALSE(resolution.cached);
        CHECK(
            names_of(resolution) ==
            Names{"base-lib 1.5", "base-tool 2.0", "server 1:3.1-2", "server-lib 3.1-2*"});
        REQUIRE(resolution.indexes.size() == 1);
        CHECK(resolution.indexes[0].alias == "test");
        CHECK(resolution.indexes[0].suite == "stable");
        CHECK(resolution.indexes[0].digest == crypto::sha256(repository.release_text()));
        CHECK(resolution.indexes[0].signature_checked);
        for (const package::ResolvedPackage& package : resolution.packages) {
            CAPTURE(package.name);
            CHECK(package.base == package.name.starts_with("base-"));
            CHECK(package.essential == (package.name == "base-tool"));
            CHECK(package.installed_size == 4096);
            const auto known = std::find_if(
                repository.packages.begin(), repository.packages.end(), [&](const TestPackage& p) {
                    return p.name == package.name;
                });
            REQUIRE(known != repository.packages.end());
            CHECK(package.path == known->file());
            CHECK(package.size == known->content().size());
            CHECK(package.digest == crypto::sha256(known->content()));
        }
    }

    TEST_CASE_FIXTURE(AptFixture, "the steps: the base at once, then apt's plan") {
        const TestRepository repository = TestRepository::sample();
        repository.publish(server);
        const Resolution resolution =
            apt.resolve(request_for(repository.source(server), {"server"}), context);
        Names steps;
        for (const InstallStep& step : resolution.steps) {
            std::string text = step.action == InstallStep::Action::unpack ? "unpack" : "configure";
            for (const std::size_t number : step.packages) {
                text += " " + resolution.packages[number].name;
            }
            steps.push_back(text);
        }
        CHECK(
            steps == Names{
                         "unpack base-lib base-tool",
                         "configure base-lib base-tool",
                         "unpack server-lib server",
                         "configure"});
    }

    TEST_CASE_FIXTURE(AptFixture, "a plan of any length") {
        TestRepository repository = TestRepository::sample();
        Names wanted;
        for (int number = 100; number < 600; ++number) {
            TestPackage package;
            package.name = fmt::format("package-with-a-name-of-some-length-{}", number);
            wanted.push_back(package.name);
            repository.packages.push_back(package);
        }
        repository.publish(server);
        const Resolution resolution =
            apt.resolve(request_for(repository.source(server), wanted), context);
        REQUIRE(resolution.steps.size() >= 3);
        std::size_t unpacked = 0;
        for (const InstallStep& step : resolution.steps) {
            unpacked += step.action == InstallStep::Action::unpack ? step.packages.size() : 0;
        }
        CHECK(unpacked == resolution.packages.size());
        CHECK(resolution.packages.size() > wanted.size());
    }

    TEST_CASE_FIXTURE(AptFixture, "recommended packages come only if wanted, ignored ones never") {
        const TestRepository repository = TestRepository::sample();
        repository.publish(server);
        package::PackageRequest request = request_for(repository.source(server), {"server"});
        request.with_recommended = true;
        CHECK(
            names_of(apt.resolve(request, context)) == Names{
                                                           "base-lib 1.5",
                                                           "base-tool 2.0",
                                                           "server 1:3.1-2",
                                                           "server-doc 3.1-2*",
                                                           "server-lib 3.1-2*"});
        request.ignored = {{"server-doc", {}}, {"never-heard-of", {}}};
        CHECK(names_of(apt.resolve(request, context)).size() == 4);
    }

    TEST_CASE_FIXTURE(AptFixture, "an answer is kept until request or index change") {
        TestRepository repository = TestRepository::sample();
        repository.publish(server);
        const auto request = request_for(repository.source(server), {"server"});
        const Resolution first = apt.resolve(request, context);
        const Resolution second = apt.resolve(request, context);
        CHECK(second.cached);
        CHECK(names_of(second) == names_of(first));
        CHECK(second.indexes[0].digest == first.indexes[0].digest);
        CHECK(second.indexes[0].date == first.indexes[0].date);
        CHECK(second.steps.size() == first.steps.size());
        CHECK(server.count(repository.directory() + "main/binary-amd64/Packages.xz") == 1);

        repository.packages[2].version = "1:3.2-1";
        repository.publish(server);
        const Resolution third = apt.resolve(request, context);
        CHECK_FALSE(third.cached);
        CHECK(names_of(third)[2] == "server 1:3.2-1");
    }

    TEST_CASE_FIXTURE(AptFixture, "names that can't be installed cost no package") {
        const TestRepository repository = TestRepository::sample();
        repository.publish(server);
        const Failure failure = failure_of([&] {
            apt.resolve(
                request_for(repository.source(server), {"sever", "server", "virtual-lib"}),
                context);
        });
        CHECK(failure.code == base::ExitCode::fetch);
        CHECK(
            failure.findings ==
            Names{
                "config.xml:20:13: no repository has a package 'sever' | did you mean server?",
                "config.xml:22:13: 'virtual-lib' is not a package but provided by several | "
                "write one of other-lib, server-lib"});
    }

    TEST_CASE_FIXTURE(AptFixture, "a provided name with one provider is that package") {
        const TestRepository repository = TestRepository::sample();
        repository.publish(server);
        CHECK(
            names_of(
                apt.resolve(request_for(repository.source(server), {"virtual-single"}), context)) ==
            Names{"base-lib 1.5", "base-tool 2.0", "other-lib 0.9"});
    }

    TEST_CASE_FIXTURE(AptFixture, "what apt can't satisfy is told in its words, at its line") {
        const TestRepository repository = TestRepository::sample();
        repository.publish(server);
        const Failure failure = failure_of([&] {
            apt.resolve(request_for(repository.source(server), {"server", "broken"}), context);
        });
        CHECK(failure.code == base::ExitCode::fetch);
        REQUIRE(failure.findings.size() == 1);
        CHECK(
            failure.findings[0] ==
            "config.xml:21:13: package 'broken' can't be installed: Depends: server-lib (>= 9) "
            "but 3.1-2 is to be installed; Depends: not-there but it is not installable");
    }

    TEST_CASE_FIXTURE(AptFixture, "priorities decide between repositories") {
        TestRepository newer = TestRepository::sample();
        newer.publish(server);
        TestRepository older = TestRepository::sample();
        older.path = "/site";
        older.packages[2].version = "1:2.0-1";
        older.publish(server);
        package::PackageRequest request = request_for(newer.source(server), {"server"});
        request.sources.push_back(older.source(server));
        CHECK(names_of(apt.resolve(request, context))[2] == "server 1:3.1-2");
        request.sources[1].priority = 1001;
        const Resolution resolution = apt.resolve(request, context);
        CHECK(names_of(resolution)[2] == "server 1:2.0-1");
        for (const package::ResolvedPackage& package : resolution.packages) {
            if (package.name == "server") {
                CHECK(package.source == 1);
            }
        }
        request.packages[0].name = "server=1:3.1-2";
        CHECK(names_of(apt.resolve(request, context))[2] == "server 1:3.1-2");
    }

    TEST_CASE_FIXTURE(AptFixture, "preferences beside the description hold") {
        TestRepository repository = TestRepository::sample();
        repository.packages.push_back({"server", "1:2.0-1", "Depends: server-lib, base-lib\n"});
        repository.publish(server);
        package::PackageRequest request = request_for(repository.source(server), {"server"});
        request.preferences = "Package: server\nPin: version 1:2.*\nPin-Priority: 1001\n";
        CHECK(names_of(apt.resolve(request, context))[2] == "server 1:2.0-1");
    }

    TEST_CASE_FIXTURE(AptFixture, "the bootstrap alone, and the rest on top of it") {
        const TestRepository repository = TestRepository::sample();
        repository.publish(server);
        package::PackageRequest request = request_for(repository.source(server), {"server"});
        request.bootstrap = {{"server-lib", {"config.xml", 9, 1}}};
        request.bootstrap_only = true;
        const Resolution bootstrap = apt.resolve(request, context);
        CHECK(names_of(bootstrap) == Names{"base-lib 1.5", "base-tool 2.0", "server-lib 3.1-2"});

        request.bootstrap_only = false;
        request.installed_before = bootstrap.packages;
        for (const bool cached : {false, true}) {
            const Resolution all = apt.resolve(request, context);
            CHECK(all.cached == cached);
            CHECK(
                names_of(all) ==
                Names{"base-lib 1.5", "base-tool 2.0", "server 1:3.1-2", "server-lib 3.1-2"});
            for (const package::ResolvedPackage& package : all.packages) {
                CAPTURE(package.name);
                CHECK(package.installed_before == (package.name != "server"));
                CHECK(package.base == package.name.starts_with("base-"));
            }
            REQUIRE(all.steps.size() == 2);
            CHECK(all.steps[0].action == InstallStep::Action::unpack);
            REQUIRE(all.steps[0].packages.size() == 1);
            CHECK(all.packages[all.steps[0].packages[0]].name == "server");
            CHECK(all.steps[1].action == InstallStep::Action::configure);
        }

        // Nothing left to do on top is a resolution, too.
        request.packages.clear();
        const Resolution same = apt.resolve(request, context);
        CHECK(names_of(same) == names_of(bootstrap));
        CHECK(same.steps.empty());
    }

    TEST_CASE_FIXTURE(AptFixture, "the bootstrap's resolution names unknown image packages, too") {
        const TestRepository repository = TestRepository::sample();
        repository.publish(server);
        package::PackageRequest request = request_for(repository.source(server), {"sever"});
        request.bootstrap = {{"sever-lib", {"config.xml", 9, 1}}};
        request.bootstrap_only = true;
        const Names found = failure_of([&] { apt.resolve(request, context); }).findings;
        REQUIRE(found.size() == 2);
        CHECK(
            found[0] ==
            "config.xml:9:1: no repository has a package 'sever-lib' | did you mean server-lib or "
            "other-lib?");
        CHECK(
            found[1] ==
            "config.xml:20:13: no repository has a package 'sever' | did you mean server?");
    }
}
