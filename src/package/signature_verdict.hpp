// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// What gpgv said, line by line (--status-fd), as a verdict.
class SignatureVerdict {
public:
    /// One line of gpgv's output; lines that are no status lines are passed over.
    void read(std::string_view line);

    /// @throws base::Error (exit code 3) unless there is a good signature and none that is wrong.
    void require_good(const std::string& name) const;

private:
    std::vector<std::string> good_;
    std::vector<std::string> unknown_;
    std::vector<std::string> weak_;
    /// "the key … has expired" and the like.
    std::vector<std::string> bad_;
    bool any_ = false;
    unsigned texts_ = 0;
};

/// The error for a file that is not signed at all.
[[noreturn]] void throw_unsigned(const std::string& name);

} // namespace imgbuild::package
