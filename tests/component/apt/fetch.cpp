// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "component/apt/fixture.hpp"
#include "component/apt/repository.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::test;

namespace {

struct FetchFixture : AptFixture {
    TestRepository repository = TestRepository::sample();
    package::PackageRequest request;
    package::Resolution resolution;

    FetchFixture() {
        repository.publish(server);
        request = request_for(repository.source(server), {"server"});
        resolution = apt.resolve(request, context);
    }

    std::string package_path() const { return repository.path + "/pool/server_1:3.1-2_amd64.deb"; }

    Failure fetch_failure() {
        return failure_of([&] { apt.fetch(request, resolution, context); });
    }
};

} // namespace

TEST_SUITE("apt fetch") {
    TEST_CASE_FIXTURE(FetchFixture, "every package comes into the store, once") {
        apt.fetch(request, resolution, context);
        for (const package::ResolvedPackage& package : resolution.packages) {
            CAPTURE(package.name);
            CHECK(base::read_file(store.blob_path(package.digest)).size() == package.size);
        }
        const std::size_t before = server.requests().size();
        apt.fetch(request, resolution, context);
        CHECK(server.requests().size() == before);
    }

    TEST_CASE_FIXTURE(FetchFixture, "wrong bytes are told apart from right ones") {
        server.misbehave(package_path(), {.wrong_bytes = true});
        const Failure failure = fetch_failure();
        CHECK(failure.code == base::ExitCode::fetch);
        CHECK(failure.message.find(package_path()) != std::string::npos);
        CHECK(failure.message.find("sha256 ") != std::string::npos);
        CHECK(
            failure.hint ==
            "the mirror is damaged or being updated: try again later, or use another");
    }

    TEST_CASE_FIXTURE(FetchFixture, "a package that has gone") {
        server.misbehave(package_path(), {.status = 404});
        const Failure failure = fetch_failure();
        CHECK(failure.code == base::ExitCode::fetch);
        CHECK(failure.message.find(package_path()) != std::string::npos);
    }

    TEST_CASE_FIXTURE(FetchFixture, "a package that is cut short") {
        server.misbehave(package_path(), {.after = 500});
        CHECK_FALSE(fetch_failure().message.empty());
        for (const package::ResolvedPackage& package : resolution.packages) {
            if (package.name == "server") {
                CHECK_FALSE(store.has_blob(package.digest));
            }
        }
    }

    TEST_CASE_FIXTURE(FetchFixture, "space is looked at before anything is fetched") {
        resolution.packages[0].installed_size = std::uint64_t{1} << 60U;
        const std::size_t before = server.requests().size();
        const Failure failure = fetch_failure();
        CHECK(failure.code == base::ExitCode::system);
        CHECK(failure.message.starts_with("1.15 EB is needed in " + store.path()));
        CHECK(
            failure.message.find(" to download, 0 B decompressed, 1.15 EB installed), but only ") !=
            std::string::npos);
        CHECK(
            failure.hint ==
            "remove what is not needed with 'imgbuild cache prune', or name another place with "
            "--store");
        CHECK(server.requests().size() == before);
    }
}
