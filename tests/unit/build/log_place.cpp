// SPDX-License-Identifier: Apache-2.0
#include "build/log_place.hpp"

#include "base/file.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>

using namespace imgbuild;
namespace fs = std::filesystem;

TEST_SUITE("log place") {
    TEST_CASE("the newest logs stay, and nothing else is touched") {
        const test::TemporaryDirectory directory;
        const std::string logs = directory / "logs";
        base::make_directories(logs);
        const auto now = fs::file_time_type::clock::now();
        for (int number = 0; number < 30; ++number) {
            const std::string path = fmt::format("{}/build-{}.log", logs, number);
            base::replace_file(path, "x");
            fs::last_write_time(path, now - std::chrono::hours(number));
        }
        base::replace_file(logs + "/notes", "x");
        fs::last_write_time(logs + "/notes", now - std::chrono::hours(1000));
        const std::string path = build::new_log_path(directory.path(), "build");
        CHECK(path.starts_with(logs + "/build-"));
        CHECK(path.ends_with(".log"));
        CHECK_FALSE(base::exists(path));
        CHECK(base::exists(logs + "/notes"));
        for (int number = 0; number < 30; ++number) {
            CAPTURE(number);
            CHECK(
                base::exists(fmt::format("{}/build-{}.log", logs, number)) ==
                (number < static_cast<int>(build::kept_logs)));
        }
    }
}
