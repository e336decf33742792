// SPDX-License-Identifier: Apache-2.0
// HTTP/2 by a real server that speaks it: nginx.
#include "base/file.hpp"
#include "base/text.hpp"
#include "fixture.hpp"
#include "support/certificates.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <set>
#include <string_view>
#include <thread>

using namespace imgbuild;

namespace {

constexpr int packages = 40;

/// nginx on a free port; its log has a line "CONNECTION PROTOCOL PATH" for each request.
class Nginx {
public:
    explicit Nginx(const std::string& place)
        : place_(place) {
        {
            const test::HttpServer free;
            port_ = free.port();
        }
        base::make_directories(place_ + "/files");
        for (int i = 0; i < packages; ++i) {
            base::replace_file(file(i), test::long_body(20'000 + static_cast<std::size_t>(i)));
        }
        base::replace_file(place_ + "/nginx.conf", configuration());
        const std::string command =
            fmt::format("nginx -p {0} -c {0}/nginx.conf 2>{0}/errors", place_);
        works_ = std::system(command.c_str()) == 0;
    }

    Nginx(const Nginx&) = delete;
    Nginx& operator=(const Nginx&) = delete;

    ~Nginx() {
        if (const auto pid = base::parse_number(base::trim(read("pid"))); works_ && pid) {
            ::kill(static_cast<pid_t>(*pid), SIGTERM);
        }
    }

    bool works() const { return works_; }

    std::string read(const std::string& name) const {
        const std::string path = place_ + "/" + name;
        return base::exists(path) ? base::read_file(path) : "";
    }

    std::string file(int number) const { return fmt::format("{}/files/{}.deb", place_, number); }

    std::string url(int number) const {
        return fmt::format("https://127.0.0.1:{}/{}.deb", port_, number);
    }

private:
    std::string configuration() const {
        return fmt::format(
            "master_process off;\n"
            "pid {0}/pid;\n"
            "error_log {0}/errors;\n"
            "events {{ }}\n"
            "http {{\n"
            "  log_format seen '$connection $server_protocol $request_uri';\n"
            "  access_log {0}/seen seen;\n"
            "  client_body_temp_path {0}/t1; proxy_temp_path {0}/t2; fastcgi_temp_path {0}/t3;\n"
            "  uwsgi_temp_path {0}/t4; scgi_temp_path {0}/t5;\n"
            "  server {{\n"
            "    listen 127.0.0.1:{1} ssl http2;\n"
            "    ssl_certificate {0}/server.pem;\n"
            "    ssl_certificate_key {0}/server.key;\n"
            "    root {0}/files;\n"
            "  }}\n"
            "}}\n",
            place_,
            port_);
    }

    std::string place_;
    int port_ = 0;
    bool works_ = false;
};

} // namespace

TEST_CASE_FIXTURE(test::NetFixture, "packages of one server come over one connection") {
    const test::TemporaryDirectory directory;
    const test::TestAuthority authority;
    authority.write_certificate(directory / "ca.pem");
    authority.issue("IP:127.0.0.1", directory / "server.pem", directory / "server.key", 1);
    const Nginx nginx(directory.path());
    if (!nginx.works()) {
        const char* const must_run = std::getenv("IMGBUILD_MUST_RUN");
        REQUIRE_MESSAGE(
            (must_run == nullptr || std::string_view(must_run) != "1"), nginx.read("errors"));
        MESSAGE("skipped: nginx can't be started");
        return;
    }

    net::ClientOptions options = test::quick_options();
    options.ca_file = directory / "ca.pem";
    net::Client client(options);
    int complete = 0;
    std::vector<net::Client::Job> jobs;
    for (int i = 0; i < packages; ++i) {
        auto sink = std::make_unique<net::StringSink>();
        const net::StringSink& got = *sink;
        jobs.push_back(
            {.request = {.url = nginx.url(i)},
             .sink = std::move(sink),
             .on_complete = [&nginx, &got, &complete, i](const net::Response&) {
                 complete += got.text() == base::read_file(nginx.file(i)) ? 1 : 0;
             }});
    }
    client.fetch_all(std::move(jobs), "fetching", context);
    CHECK(complete == packages);

    // The last lines are written when the answers are out.
    std::vector<std::string_view> lines;
    std::string log;
    for (int tries = 0; lines.size() < packages && tries < 1000; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        log = nginx.read("seen");
        lines = base::split_lines(log);
    }
    CHECK(lines.size() == packages);
    std::set<std::string_view> connections;
    for (const std::string_view line : lines) {
        const std::vector<std::string_view> words = base::split_words(line);
        REQUIRE(words.size() == 3);
        connections.insert(words[0]);
        CHECK(words[1] == "HTTP/2.0");
    }
    CHECK(connections.size() == 1);
}
