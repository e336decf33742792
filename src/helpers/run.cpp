// SPDX-License-Identifier: Apache-2.0
#include "helpers/run.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace imgbuild::helpers {

namespace {

class FileActions {
public:
    FileActions() { ::posix_spawn_file_actions_init(&actions_); }

    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;

    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }

    posix_spawn_file_actions_t* get() { return &actions_; }

private:
    posix_spawn_file_actions_t actions_ = {};
};

} // namespace

int run(const std::vector<std::string>& argv, const std::string& output) {
    std::vector<std::string> strings = argv;
    std::vector<char*> pointers;
    for (std::string& string : strings) {
        pointers.push_back(string.data());
    }
    pointers.push_back(nullptr);
    FileActions actions;
    if (!output.empty()) {
        ::posix_spawn_file_actions_addopen(
            actions.get(), STDOUT_FILENO, output.c_str(), O_WRONLY, 0);
    }
    pid_t child = 0;
    if (::posix_spawnp(
            &child, pointers.front(), actions.get(), nullptr, pointers.data(), environ) != 0) {
        return 127;
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "waiting");
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int become(const std::string& path, char* const* argv) {
    ::execv(path.c_str(), argv);
    return errno == ENOENT ? 127 : 126;
}

bool has_environment(const char* name) {
    const char* const value = ::getenv(name);
    return value != nullptr && *value != '\0';
}

} // namespace imgbuild::helpers
