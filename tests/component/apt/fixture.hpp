// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/diagnostic.hpp"
#include "net/client.hpp"
#include "package/apt_package_manager.hpp"
#include "store/store.hpp"
#include "support/http_server.hpp"
#include "support/temporary_directory.hpp"
#include "support/warning_reporter.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace imgbuild::test {

struct Surroundings {
    WarningReporter reporter;
    base::ThreadPool pool{2};
    base::Context context{reporter, pool, {}};
};

/// A package manager with a store of its own and a server to ask.
struct AptFixture : Surroundings {
    HttpServer server;
    TemporaryDirectory directory;
    store::Store store = store::Store::open(directory / "store", "host");
    net::Client client{{.tries = 1}};
    package::AptPackageManager apt{client, store};
};

inline package::PackageRequest
request_for(const package::PackageSource& source, const std::vector<std::string>& names) {
    package::PackageRequest request;
    request.architecture = "x86_64";
    request.sources = {source};
    int line = 20;
    for (const std::string& name : names) {
        request.packages.push_back({name, {"config.xml", line++, 13}});
    }
    return request;
}

struct Failure {
    std::string message;
    std::string hint;
    std::string position;
    std::vector<std::string> findings;
    base::ExitCode code = base::ExitCode::ok;
};

/// What `action` says when it fails; an empty message if it doesn't.
inline Failure failure_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const base::Error& error) {
        Failure failure;
        failure.message = error.what();
        failure.hint = error.hint();
        failure.code = error.exit_code();
        if (error.position()) {
            failure.position = base::to_string(*error.position());
        }
        if (const auto* const description = dynamic_cast<const base::DescriptionError*>(&error)) {
            for (const base::Diagnostic& finding : description->diagnostics()) {
                failure.findings.push_back(
                    base::to_string(finding.position) + ": " + finding.message +
                    (finding.hint.empty() ? "" : " | " + finding.hint));
            }
        }
        return failure;
    }
    return {};
}

/// "name version", with "*" behind automatic packages, sorted.
inline std::vector<std::string> names_of(const package::Resolution& resolution) {
    std::vector<std::string> names;
    for (const package::ResolvedPackage& package : resolution.packages) {
        names.push_back(package.name + " " + package.version + (package.automatic ? "*" : ""));
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace imgbuild::test
