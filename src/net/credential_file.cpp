// SPDX-License-Identifier: Apache-2.0
#include "net/credential_file.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cerrno>

namespace imgbuild::net {

namespace {

/// Words of netrc: separated by blanks, "quoted" with \-escapes, comments from '#' at the start of a
/// line's word to the end of the line.
class Tokens {
public:
    explicit Tokens(std::string_view text)
        : rest_(text) {}

    std::optional<std::string> next() {
        for (;;) {
            rest_ = rest_.substr(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
            if (rest_.empty()) {
                return std::nullopt;
            }
            if (rest_.front() != '#') {
                break;
            }
            rest_ = rest_.substr(std::min(rest_.find('\n'), rest_.size()));
        }
        return rest_.front() == '"' ? quoted() : plain();
    }

    /// A password may begin with '#', and does in the wild.
    std::optional<std::string> next_value() {
        rest_ = rest_.substr(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
        if (rest_.empty()) {
            return std::nullopt;
        }
        return rest_.front() == '"' ? quoted() : plain();
    }

    /// Up to the next empty line: the body of a macro.
    void skip_paragraph() {
        const std::size_t end = rest_.find("\n\n");
        rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end);
    }

private:
    std::string plain() {
        const std::size_t end = std::min(rest_.find_first_of(" \t\r\n"), rest_.size());
        const std::string word(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return word;
    }

    std::string quoted() {
        std::string word;
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\' && rest_.size() > 1) {
                rest_.remove_prefix(1);
            }
            word += rest_.front();
            rest_.remove_prefix(1);
        }
        rest_.remove_prefix(rest_.empty() ? 0 : 1);
        return word;
    }

    std::string_view rest_;
};

} // namespace

CredentialFile::Entry CredentialFile::machine(std::string_view name, CredentialDialect dialect) {
    Entry entry;
    const bool has_scheme = name.find("://") != std::string_view::npos;
    const std::optional<Url> url =
        Url::parse(has_scheme ? std::string(name) : "https://" + std::string(name));
    if (!url) {
        return entry;
    }
    if (has_scheme || dialect == CredentialDialect::apt) {
        entry.scheme = url->scheme;
    }
    entry.host = url->host;
    entry.port = url->port;
    entry.path = url->path;
    return entry;
}

CredentialFile CredentialFile::parse(std::string_view text, CredentialDialect dialect) {
    CredentialFile file;
    Tokens tokens(text);
    while (const std::optional<std::string> token = tokens.next()) {
        if (*token == "default") {
            file.entries_.emplace_back().is_default = true;
        } else if (*token == "macdef") {
            tokens.skip_paragraph();
        } else if (*token == "machine") {
            file.entries_.push_back(machine(tokens.next_value().value_or(""), dialect));
        } else if (*token == "login" || *token == "password" || *token == "account") {
            const std::string value = tokens.next_value().value_or("");
            if (file.entries_.empty() || *token == "account") {
                continue;
            }
            Credentials& credentials = file.entries_.back().credentials;
            (*token == "login" ? credentials.user : credentials.password) = value;
        }
    }
    return file;
}

bool CredentialFile::matches(const Entry& entry, const Url& url) {
    // As in apt, a port must be stated on both sides, and a path is a plain prefix.
    return !entry.host.empty() && entry.host == url.host &&
           (entry.scheme.empty() || entry.scheme == url.scheme) &&
           (entry.port.empty() || entry.port == url.port) &&
           url.path.compare(0, entry.path.size(), entry.path) == 0;
}

std::optional<Credentials> CredentialFile::find(const Url& url, bool allow_default) const {
    const Entry* best = nullptr;
    for (const Entry& entry : entries_) {
        if (entry.is_default || !matches(entry, url)) {
            continue;
        }
        if (best == nullptr || entry.path.size() > best->path.size()) {
            best = &entry;
        }
    }
    if (best == nullptr && allow_default) {
        const auto fallback = std::find_if(
            entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.is_default; });
        best = fallback == entries_.end() ? nullptr : &*fallback;
    }
    return best == nullptr ? std::nullopt : std::optional(best->credentials);
}

CredentialDialect credential_dialect(std::string_view path) {
    constexpr std::string_view suffix = ".conf";
    const bool is_conf =
        path.size() >= suffix.size() && path.substr(path.size() - suffix.size()) == suffix;
    const bool in_conf_directory = path.find("auth.conf.d/") != std::string_view::npos;
    return is_conf || in_conf_directory ? CredentialDialect::apt : CredentialDialect::netrc;
}

CredentialStore::CredentialStore(const std::vector<std::string>& paths) {
    constexpr std::size_t size_limit = std::size_t{1} << 20U;
    for (const std::string& path : paths) {
        try {
            files_.push_back(
                CredentialFile::parse(base::read_file(path, size_limit), credential_dialect(path)));
        } catch (const base::SystemError& error) {
            if (error.error_number() == EACCES) {
                unreadable_.push_back(path);
            } else if (error.error_number() != ENOENT && error.error_number() != ENOTDIR) {
                throw;
            }
        }
    }
}

std::optional<Credentials> CredentialStore::find(const Url& url, bool allow_default) const {
    for (const CredentialFile& file : files_) {
        if (std::optional<Credentials> found = file.find(url, allow_default)) {
            return found;
        }
    }
    return std::nullopt;
}

} // namespace imgbuild::net
