// SPDX-License-Identifier: Apache-2.0
#include "images/history.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "json/json.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace imgbuild::images {

namespace {

std::string file_in(const std::string& directory) {
    return base::join_path(directory, "history");
}

/// Behind sudo the person, not root.
std::string user_name() {
    if (const char* const caller = std::getenv("SUDO_USER")) {
        return caller;
    }
    if (const char* const login = std::getenv("USER")) {
        return login;
    }
    const passwd* const entry = ::getpwuid(::getuid());
    return entry == nullptr ? std::to_string(::getuid()) : entry->pw_name;
}

} // namespace

void add_history(const std::string& directory, HistoryEntry entry) {
    entry.time = base::now();
    entry.user = user_name();
    copy_history(directory, entry);
}

void copy_history(const std::string& directory, const HistoryEntry& entry) {
    base::make_directories(directory);
    json::Value line = {
        {"time", entry.time}, {"user", entry.user}, {"verb", entry.verb}, {"text", entry.text}};
    for (const auto& [name, value] : entry.details) {
        line["details"][name] = value;
    }
    const std::string path = file_in(directory);
    const base::UniqueFd file = base::open_at(
        AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0644);
    base::write_all(file.get(), json::dump_line(line) + "\n", path);
}

std::vector<HistoryEntry> read_history(const std::string& directory) {
    const std::string path = file_in(directory);
    // The image may be renamed or removed at any moment: nobody who only looks holds its lock.
    base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return {};
        }
        base::throw_errno(fmt::format("opening {}", path));
    }
    std::vector<HistoryEntry> entries;
    const std::string text = base::read_all(file.get(), path);
    for (const std::string_view line : base::split_lines(text)) {
        try {
            const json::Value value = json::parse(line, path);
            HistoryEntry entry;
            entry.time = value.value("time", std::int64_t{0});
            entry.user = value.value("user", "");
            entry.verb = value.value("verb", "");
            entry.text = value.value("text", "");
            const json::Value details = value.value("details", json::Value::object());
            for (const auto& [name, detail] : details.items()) {
                entry.details.emplace_back(name, detail.get<std::string>());
            }
            entries.push_back(std::move(entry));
        } catch (const base::Error&) {
            continue;
        } catch (const nlohmann::json::exception&) {
            continue;
        }
    }
    return entries;
}

} // namespace imgbuild::images
