// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

namespace imgbuild::test {

/// A certificate authority that lives as long as a test.
class TestAuthority {
public:
    TestAuthority();
    TestAuthority(const TestAuthority&) = delete;
    TestAuthority& operator=(const TestAuthority&) = delete;
    ~TestAuthority();

    /// Its own certificate, PEM.
    void write_certificate(const std::string& path) const;

    /// A certificate and its key, PEM.
    /// @param subject what it is for, in OpenSSL's words: "IP:127.0.0.1", "DNS:localhost".
    /// @param days how long it is valid from now on; negative: it ended that long ago.
    void issue(
        const std::string& subject,
        const std::string& certificate_path,
        const std::string& key_path,
        int days = 1) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace imgbuild::test
