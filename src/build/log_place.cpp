// SPDX-License-Identifier: Apache-2.0
#include "build/log_place.hpp"

#include "base/file.hpp"
#include "base/random_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace imgbuild::build {

namespace fs = std::filesystem;

namespace {

/// Other builds do the same at the same time, so what is gone already is no error.
void remove_old_logs(const std::string& directory) {
    std::vector<std::pair<fs::file_time_type, fs::path>> logs;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
        const fs::file_time_type time = entry.last_write_time(error);
        if (!error && entry.path().extension() == ".log") {
            logs.emplace_back(time, entry.path());
        }
    }
    std::sort(logs.begin(), logs.end());
    for (std::size_t i = 0; i + kept_logs < logs.size(); ++i) {
        fs::remove(logs[i].second, error);
    }
}

} // namespace

std::string new_log_path(const std::string& store_path, std::string_view verb) {
    const std::string directory = base::join_path(store_path, "logs");
    base::make_directories(directory);
    remove_old_logs(directory);
    return base::join_path(directory, fmt::format("{}-{}.log", verb, base::random_name()));
}

} // namespace imgbuild::build
