// SPDX-License-Identifier: Apache-2.0
#include "support/loopback.hpp"

#include "base/error.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace imgbuild::test {

base::UniqueFd listen_on_loopback() {
    base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd.get(), 64) != 0) {
        base::throw_errno("listening on loopback");
    }
    return fd;
}

std::uint16_t port_of(int fd) {
    sockaddr_in address = {};
    socklen_t length = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        base::throw_errno("asking for the port");
    }
    return ntohs(address.sin_port);
}

} // namespace imgbuild::test
