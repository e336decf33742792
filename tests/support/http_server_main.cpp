// SPDX-License-Identifier: Apache-2.0
// The test server as a program, for shell tests. It ends by SIGTERM, SIGINT, or with its parent.
#include "base/error.hpp"
#include "base/file.hpp"
#include "support/fault_text.hpp"
#include "support/http_server.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

using namespace imgbuild;

namespace {

struct Options {
    std::string directory;
    std::string port_file;
    std::string log_file;
    std::string login;
    std::vector<std::string> faults;
    test::HttpServer::Tls tls;
};

void declare(CLI::App& app, Options& options) {
    app.add_option("--directory", options.directory, "serve the files below this directory");
    app.add_option("--port-file", options.port_file, "write the port's number here once it listens")
        ->required();
    app.add_option("--log-file", options.log_file, "at the end, write 'METHOD TARGET' lines here");
    app.add_option("--login", options.login, "USER:PASSWORD that every request must bring");
    app.add_option("--fault", options.faults, "misbehave: PATH:key=value,… (repeatable)")
        ->allow_extra_args(false);
    app.add_option("--certificate", options.tls.certificate_file, "PEM file: speak https");
    app.add_option("--key", options.tls.key_file, "PEM file of the certificate's key");
    app.add_option(
        "--client-authority", options.tls.client_authority_file, "ask clients for one of these");
}

void set_up(test::HttpServer& server, const Options& options) {
    if (!options.directory.empty()) {
        server.serve_directory(options.directory);
    }
    if (!options.login.empty()) {
        const std::size_t colon = options.login.find(':');
        server.require_login(options.login.substr(0, colon), options.login.substr(colon + 1));
    }
    for (const std::string& text : options.faults) {
        test::FaultOrder order = test::parse_fault(text);
        server.misbehave(order.path, std::move(order.fault), order.times);
    }
}

void serve(const Options& options) {
    // Blocked before the server's threads start, so that only sigwait() gets them.
    sigset_t signals = {};
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);

    const std::unique_ptr<test::HttpServer> server =
        options.tls.certificate_file.empty() ? std::make_unique<test::HttpServer>()
                                             : std::make_unique<test::HttpServer>(options.tls);
    set_up(*server, options);
    base::replace_file(options.port_file, fmt::format("{}\n", server->port()));
    int signal = 0;
    ::sigwait(&signals, &signal);

    if (!options.log_file.empty()) {
        std::string log;
        for (const test::SeenRequest& request : server->requests()) {
            log += fmt::format("{} {}\n", request.method, request.target);
        }
        base::replace_file(options.log_file, log);
    }
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("HTTP server for tests, on 127.0.0.1");
    Options options;
    declare(app, options);
    CLI11_PARSE(app, argc, argv);
    try {
        serve(options);
    } catch (const base::Error& error) {
        fmt::print(stderr, "http-server: {}\n", error.what());
        return static_cast<int>(error.exit_code());
    }
    return 0;
}
