// SPDX-License-Identifier: Apache-2.0
#include "helpers/ssh_keygen.hpp"

#include "helpers/files.hpp"
#include "helpers/leave_to_original.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

namespace imgbuild::helpers {

namespace {

constexpr std::string_view key = "/etc/ssh/ssh_host_rsa_key";
constexpr std::string_view public_key = "/etc/ssh/ssh_host_rsa_key.pub";

void make_empty(std::string_view path, mode_t mode) {
    const std::string name(path);
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    // Before anything was changed, or after what the original would replace anyway.
    require(fd >= 0);
    ::close(fd);
}

} // namespace

int ssh_keygen(const std::vector<std::string>& arguments) {
    const std::vector<std::string> draw = {"-q", "-f", std::string(key), "-N", "", "-t", "rsa"};
    const std::vector<std::string> show = {"-l", "-f", std::string(public_key)};
    if (arguments == draw) {
        require(!exists(std::string(key)) && !exists(std::string(public_key)));
        make_empty(key, 0600);
        make_empty(public_key, 0644);
        return 0;
    }
    require(arguments == show && read_text(std::string(public_key)) == "");
    print(STDOUT_FILENO, "each node makes its own\n");
    return 0;
}

} // namespace imgbuild::helpers
