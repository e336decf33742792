// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/client.hpp"
#include "net/url.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::net {

/// How a file's entries without a scheme are meant.
enum class CredentialDialect {
    /// For every protocol.
    netrc,
    /// For https only, as apt's auth.conf has it.
    apt,
};

/// One file in netrc's syntax with apt's additions: `machine [scheme://]host[:port][/path] login L
/// password P`, `default login …`, `macdef` (skipped). Passwords may stand in double quotes.
class CredentialFile {
public:
    static CredentialFile parse(std::string_view text, CredentialDialect dialect);

    /// The entry for `url`: of those that match the one with the longest path, of these the first;
    /// `default` if no other does and `allow_default`.
    std::optional<Credentials> find(const Url& url, bool allow_default) const;

private:
    struct Entry {
        bool is_default = false;
        /// Empty: every scheme.
        std::string scheme;
        std::string host;
        std::string port;
        std::string path;
        Credentials credentials;
    };

    static Entry machine(std::string_view name, CredentialDialect dialect);
    static bool matches(const Entry& entry, const Url& url);

    std::vector<Entry> entries_;
};

/// apt's for "*.conf" and whatever lies in a directory called auth.conf.d, else netrc's.
CredentialDialect credential_dialect(std::string_view path);

/// The files of `ClientOptions::credential_files`, read once.
class CredentialStore {
public:
    /// Files that don't exist or may not be read are left out: what is missing shows when a server
    /// asks for a password. @throws base::Error if a file is too large or a directory.
    explicit CredentialStore(const std::vector<std::string>& paths);

    /// From the first file that has a matching entry.
    std::optional<Credentials> find(const Url& url, bool allow_default) const;

    /// Files that exist and may not be read; for the hint.
    const std::vector<std::string>& unreadable() const { return unreadable_; }

private:
    std::vector<CredentialFile> files_;
    std::vector<std::string> unreadable_;
};

} // namespace imgbuild::net
