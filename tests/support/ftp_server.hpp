// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace imgbuild::test {

/// Just enough of an FTP server on loopback: logs anybody in, passive transfers, one client at a time.
class FtpServer {
public:
    FtpServer();
    FtpServer(const FtpServer&) = delete;
    FtpServer& operator=(const FtpServer&) = delete;
    ~FtpServer();

    /// "ftp://127.0.0.1:PORT" + path.
    std::string url(const std::string& path) const;

    /// `path` begins with '/'.
    void put(const std::string& path, std::string body);

    /// The next transfer ends after that many bytes.
    void break_next(std::size_t after);

    /// What clients said so far, line by line.
    std::vector<std::string> commands() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace imgbuild::test
