// SPDX-License-Identifier: Apache-2.0
#include "package/resolution_record.hpp"

#include "package/private_apt.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace imgbuild;
using package::InstallStep;
using package::PackageRequest;
using package::PackageSource;
using package::read_resolution;
using package::Resolution;
using package::resolution_key;
using package::ResolvedIndex;
using package::ResolvedPackage;
using package::write_resolution;

namespace {

Resolution sample() {
    Resolution resolution;
    ResolvedPackage first;
    first.name = "libc6";
    first.version = "2.36-9";
    first.architecture = "amd64";
    first.size = 12;
    first.installed_size = 2048;
    first.digest.bytes.fill(7);
    first.path = "pool/a b.deb";
    first.source = 1;
    first.essential = true;
    first.base = true;
    ResolvedPackage second = first;
    second.name = "dash";
    second.essential = false;
    second.base = false;
    second.automatic = true;
    resolution.packages = {first, second};
    resolution.steps = {
        {InstallStep::Action::unpack, {0, 1}},
        {InstallStep::Action::configure, {1}},
        {InstallStep::Action::configure, {}}};
    return resolution;
}

PackageRequest request_with(const std::string& url) {
    PackageRequest request;
    request.architecture = "x86_64";
    PackageSource source;
    source.url = url;
    source.distribution = "bookworm";
    source.components = {"main"};
    request.sources.push_back(source);
    request.packages.push_back({"dash", {"a.xml", 1, 1}});
    return request;
}

} // namespace

TEST_SUITE("resolution_record") {
    TEST_CASE("what is written is read back") {
        const std::string text = write_resolution(sample());
        const auto read = read_resolution(text, 2);
        REQUIRE(read.has_value());
        CHECK(read->package_manager == "apt");
        CHECK(write_resolution(*read) == text);
        CHECK(read->packages[0].path == "pool/a b.deb");
        CHECK(read->packages[0].base);
        CHECK(read->packages[1].automatic);
        CHECK(read->steps[2].packages.empty());
        CHECK(read->steps[0].action == InstallStep::Action::unpack);
    }

    TEST_CASE("a text that is damaged is nothing") {
        const std::string text = write_resolution(sample());
        CHECK_FALSE(read_resolution("", 2).has_value());
        CHECK_FALSE(read_resolution(text, 1).has_value());
        CHECK_FALSE(read_resolution(text.substr(0, text.size() - 4), 2).has_value());
        for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
                 {"0 1", "0 2"}, {"unpack", "pack"}, {"\t12\t", "\tx\t"}, {"0707", "07"}}) {
            std::string damaged = text;
            damaged.replace(damaged.find(from), from.size(), to);
            CAPTURE(damaged);
            CHECK_FALSE(read_resolution(damaged, 2).has_value());
        }
    }

    TEST_CASE("the key depends on the request and the index, not on the mirror") {
        const std::vector<ResolvedIndex> indexes(1);
        const auto key = resolution_key(request_with("http://a/debian"), indexes);
        PackageRequest other = request_with("http://b/debian");
        other.sources[0].credentials = {"user", "secret"};
        other.packages[0].position.line = 9;
        CHECK(resolution_key(other, indexes) == key);

        std::vector<ResolvedIndex> changed = indexes;
        changed[0].digest.bytes[0] = 1;
        CHECK(resolution_key(other, changed) != key);
        const auto differs = [&](const std::function<void(PackageRequest&)>& change) {
            PackageRequest request = request_with("http://a/debian");
            change(request);
            return resolution_key(request, indexes) != key;
        };
        CHECK(differs([](PackageRequest& r) { r.packages[0].name = "bash"; }));
        CHECK(differs([](PackageRequest& r) { std::swap(r.packages, r.bootstrap); }));
        CHECK(differs([](PackageRequest& r) { r.ignored.push_back({"x", {}}); }));
        CHECK(differs([](PackageRequest& r) { r.with_recommended = true; }));
        CHECK(differs([](PackageRequest& r) { r.preferences = "x"; }));
        CHECK(differs([](PackageRequest& r) { r.sources[0].priority = 1; }));
        CHECK(differs([](PackageRequest& r) { r.sources[0].distribution = "sid"; }));
        CHECK(differs([](PackageRequest& r) { r.sources[0].components = {"m", "ain"}; }));
        CHECK(differs([](PackageRequest& r) { r.architecture = "aarch64"; }));
    }

    TEST_CASE("apt sees the public host, or one of its own where a priority must stay apart") {
        std::vector<PackageSource> sources(4);
        sources[0].url = "http://mirror.example:8080/debian";
        sources[0].public_url = "https://User:pw@Deb.Example.ORG/debian";
        sources[1].url = "http://deb.example.org/security";
        sources[1].priority = 900;
        sources[2].url = "file:///srv/repo";
        sources[3].url = "http://alone.example/x";
        sources[3].priority = 100;
        CHECK(
            package::source_hosts(sources) ==
            std::vector<std::string>{
                "deb.example.org", "source-1.invalid", "source-2.invalid", "alone.example"});
    }

    TEST_CASE("preferences: the description's, priorities, ignored packages") {
        PackageRequest request = request_with("http://a/debian");
        request.preferences = "Package: x\nPin: version 1\nPin-Priority: 1001";
        request.sources[0].priority = 900;
        request.ignored.push_back({"nano", {}});
        CHECK(
            package::make_preferences(request, {"a"}) ==
            "Package: x\nPin: version 1\nPin-Priority: 1001\n"
            "\nPackage: *\nPin: origin \"a\"\nPin-Priority: 900\n"
            "\nPackage: nano\nPin: version *\nPin-Priority: -1\n");
    }
}
