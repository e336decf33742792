// SPDX-License-Identifier: Apache-2.0
#include "component/apt/repository.hpp"

#include "base/text.hpp"
#include "component/apt/fixture.hpp"
#include "crypto/digest.hpp"
#include "process/process.hpp"
#include "support/http_document.hpp"

#include <fmt/format.h>

namespace imgbuild::test {
namespace {

std::string compress(const char* program, const std::string& text) {
    Surroundings surroundings;
    return process::run_or_throw(
        {.argv = {program, "-1", "-c"}, .input = text}, surroundings.context);
}

/// As a Release file writes times.
std::string release_time(std::int64_t seconds) {
    std::string text = http_date(seconds);
    text.replace(text.size() - 3, 3, "UTC");
    return text;
}

} // namespace

std::string TestPackage::file() const {
    return fmt::format("pool/{}_{}_{}.deb", name, version, architecture);
}

std::string TestPackage::content() const {
    return fmt::format("{} {} {}\n", name, version, std::string(1000, 'x'));
}

TestRepository TestRepository::sample() {
    TestRepository repository;
    repository.packages = {
        {"base-tool", "2.0", "Essential: yes\nPre-Depends: base-lib (>= 1)\n"},
        {"base-lib", "1.5"},
        {"server", "1:3.1-2", "Depends: server-lib, base-lib\nRecommends: server-doc\n"},
        {"server-lib", "3.1-2", "Provides: virtual-lib\n"},
        {"server-doc", "3.1-2", "", "all"},
        {"other-lib", "0.9", "Provides: virtual-lib, virtual-single\n"},
        {"broken", "1.0", "Depends: server-lib (>= 9), not-there\n"},
    };
    return repository;
}

std::string TestRepository::packages_text() const {
    std::string text;
    for (const TestPackage& package : packages) {
        const std::string content = package.content();
        text += fmt::format(
            "Package: {}\nVersion: {}\nArchitecture: {}\nInstalled-Size: 4\n{}"
            "Filename: {}\nSize: {}\nSHA256: {}\nDescription: test\n\n",
            package.name,
            package.version,
            package.architecture,
            package.fields,
            package.file(),
            content.size(),
            crypto::sha256(content).hex());
    }
    return text;
}

std::string TestRepository::directory() const {
    return flat ? path + "/" : fmt::format("{}/dists/{}/", path, distribution);
}

std::map<std::string, std::string> TestRepository::indexes() const {
    const std::string text = packages_text();
    const std::string packed = compress("xz", text);
    std::map<std::string, std::string> files;
    if (flat) {
        return {{"Packages", text}, {"Packages.xz", packed}};
    }
    for (const std::string& component : components) {
        files[component + "/binary-amd64/Packages"] = text;
        files[component + "/binary-amd64/Packages.xz"] = packed;
        if (with_gzip) {
            files[component + "/binary-amd64/Packages.gz"] = compress("gzip", text);
        }
    }
    return files;
}

std::string TestRepository::release_text() const {
    std::string text = fmt::format(
        "Origin: Test\nSuite: {}\nCodename: {}\nDate: {}\nValid-Until: {}\n"
        "Architectures: amd64\nComponents: {}\n{}SHA256:\n",
        distribution,
        codename,
        release_time(now + date),
        release_time(now + valid_until),
        base::join(components, " "),
        by_hash ? "Acquire-By-Hash: yes\n" : "");
    for (const auto& [name, content] : indexes()) {
        text += fmt::format(" {} {} {}\n", crypto::sha256(content).hex(), content.size(), name);
    }
    return text;
}

void TestRepository::publish(HttpServer& server) const {
    for (const auto& [name, content] : indexes()) {
        // As on Debian's mirrors: the plain form is signed but not offered.
        if (name.ends_with("z")) {
            server.put(directory() + name, content);
            if (by_hash) {
                server.put(
                    directory() + name.substr(0, name.rfind('/') + 1) + "by-hash/SHA256/" +
                        crypto::sha256(content).hex(),
                    content);
            }
        }
    }
    const std::string release = release_text();
    if (key == nullptr) {
        server.put(directory() + "Release", release);
    } else if (detached) {
        server.put(directory() + "Release", release);
        server.put(directory() + "Release.gpg", key->sign_detached(release));
    } else {
        server.put(directory() + "InRelease", key->sign_inline(release));
    }
    for (const TestPackage& package : packages) {
        server.put(path + "/" + package.file(), package.content());
    }
}

package::PackageSource TestRepository::source(const HttpServer& server) const {
    package::PackageSource source;
    source.alias = "test";
    source.url = server.url(path);
    source.distribution = flat ? "" : distribution;
    source.components = components;
    if (key != nullptr) {
        source.keys = {key->public_key()};
    }
    source.position = {"config.xml", 5, 9};
    return source;
}

} // namespace imgbuild::test
