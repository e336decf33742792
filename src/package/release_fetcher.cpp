// SPDX-License-Identifier: Apache-2.0
// A Release file comes signed inline (InRelease) or with its signature beside it (Release,
// Release.gpg). What the server said about its age is kept as a record of the store, so that the next
// build asks only whether it has changed.
#include "package/release_fetcher.hpp"

#include "base/text.hpp"
#include "base/thread_pool.hpp"
#include "base/time.hpp"
#include "package/signature.hpp"
#include "package/signature_verdict.hpp"
#include "package/store_text.hpp"

#include <fmt/format.h>

#include <map>

namespace imgbuild::package {
namespace {

constexpr std::size_t release_limit = std::size_t{1} << 25U;
constexpr std::string_view record_kind = "apt-release";

/// A file as it was fetched the last time.
struct Remembered {
    std::string text;
    std::string etag;
    std::string modified;
};

class ReleaseFetch {
public:
    ReleaseFetch(
        const PackageRequest& request,
        const PackageSource& source,
        net::Client& client,
        const store::Store& store,
        const base::Context& context)
        : request_(request)
        , source_(source)
        , client_(client)
        , store_(store)
        , context_(context) {}

    SourceRelease run() const;

private:
    std::optional<std::string> fetch(const std::string& file) const;
    std::optional<Remembered> recall(const store::Key& key) const;
    void
    remember(const store::Key& key, std::string_view text, const net::Response& response) const;
    std::optional<std::string> checked_text(std::string& name) const;
    std::string checked_detached(const std::string& name) const;

    const PackageRequest& request_;
    const PackageSource& source_;
    net::Client& client_;
    const store::Store& store_;
    const base::Context& context_;
};

std::string header(const net::Response& response, const std::string& name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? std::string() : found->second;
}

std::optional<Remembered> ReleaseFetch::recall(const store::Key& key) const {
    const std::optional<std::string> record = store_.find_record(record_kind, key);
    if (!record) {
        return std::nullopt;
    }
    const std::vector<std::string_view> lines = base::split_lines(*record);
    const auto digest = lines.size() == 3 ? crypto::Digest::from_hex(lines[0]) : std::nullopt;
    std::optional<std::string> text = digest ? find_text(store_, *digest) : std::nullopt;
    if (!text) {
        return std::nullopt;
    }
    return Remembered{std::move(*text), std::string(lines[1]), std::string(lines[2])};
}

void ReleaseFetch::remember(
    const store::Key& key, std::string_view text, const net::Response& response) const {
    const std::string etag = header(response, "etag");
    const std::string modified = header(response, "last-modified");
    if (etag.empty() && modified.empty()) {
        return;
    }
    const crypto::Digest digest = put_text(store_, text, "a Release file");
    store_.put_record(record_kind, key, fmt::format("{}\n{}\n{}\n", digest.hex(), etag, modified));
}

/// @returns nothing if the server has no such file.
std::optional<std::string> ReleaseFetch::fetch(const std::string& file) const {
    net::Request transfer;
    transfer.url = release_directory(source_) + file;
    transfer.credentials = source_.credentials;
    transfer.size_limit = release_limit;
    transfer.title = fmt::format("{} {}", source_.alias, file);
    const store::Key key = crypto::sha256(transfer.url);
    std::optional<Remembered> remembered;
    if (!request_.refresh) {
        remembered = recall(key);
    }
    if (remembered) {
        transfer.if_none_match = remembered->etag;
        transfer.if_modified_since = remembered->modified;
    }
    try {
        auto [response, text] = client_.fetch_text(transfer, release_limit, context_);
        if (response.not_modified() && remembered) {
            return std::move(remembered->text);
        }
        remember(key, text, response);
        return std::move(text);
    } catch (const net::TransferError& error) {
        if (error.failure() == net::TransferFailure::not_found) {
            return std::nullopt;
        }
        throw;
    }
}

std::string ReleaseFetch::checked_detached(const std::string& name) const {
    std::optional<std::string> text = fetch("Release");
    if (!text) {
        throw base::Error(
            fmt::format(
                "{}: there is neither InRelease nor Release",
                net::without_secrets(release_directory(source_))),
            base::ExitCode::fetch)
            .set_hint("check the URL and the distribution of this repository");
    }
    if (!source_.check_signature) {
        return std::move(*text);
    }
    const std::optional<std::string> signature = fetch("Release.gpg");
    if (!signature) {
        throw_unsigned(name);
    }
    const store::WorkDirectory work = store_.make_work_directory();
    const SignatureChecker checker(work.path(), source_.keys);
    checker.check_detached(*text, *signature, name, context_);
    return std::move(*text);
}

/// @param name becomes the file's name for messages.
/// @returns nothing if there is no Release file and nobody asks for one.
std::optional<std::string> ReleaseFetch::checked_text(std::string& name) const {
    const std::string directory = net::without_secrets(release_directory(source_));
    name = directory + "InRelease";
    const std::optional<std::string> inline_signed = fetch("InRelease");
    if (!inline_signed) {
        name = directory + "Release";
        if (!source_.check_signature && is_flat(source_)) {
            return fetch("Release");
        }
        return checked_detached(name);
    }
    if (!source_.check_signature) {
        return strip_inline_signature(*inline_signed);
    }
    const store::WorkDirectory work = store_.make_work_directory();
    const SignatureChecker checker(work.path(), source_.keys);
    return checker.check_inline(*inline_signed, name, context_);
}

SourceRelease ReleaseFetch::run() const {
    SourceRelease result;
    result.index.alias = source_.alias;
    result.index.signature_checked = source_.check_signature;
    std::string name;
    std::optional<std::string> text = checked_text(name);
    if (!text) {
        return result;
    }
    result.text = std::move(*text);
    result.release = ReleaseFile::parse(result.text, name);
    result.index.digest = crypto::sha256(result.text);
    result.index.suite =
        result.release.suite.empty() ? result.release.codename : result.release.suite;
    result.index.date = result.release.date;
    const std::int64_t now = base::now();
    check_release_time(result.release, now, request_.allow_expired, name);
    result.index.expired = result.release.valid_until && *result.release.valid_until < now;
    return result;
}

void report_exceptions(
    const PackageRequest& request,
    const std::vector<SourceRelease>& releases,
    const base::Context& context) {
    for (std::size_t i = 0; i < releases.size(); ++i) {
        const PackageSource& source = request.sources[i];
        if (!source.check_signature) {
            context.reporter.message(
                base::LogLevel::warning,
                fmt::format(
                    "{}: the signature of repository '{}' is not checked, as the description says",
                    base::to_string(source.position),
                    source.alias));
        }
        if (releases[i].index.expired) {
            context.reporter.message(
                base::LogLevel::warning,
                fmt::format(
                    "the index of repository '{}' expired at {}; used because of --allow-expired",
                    source.alias,
                    base::format_utc(*releases[i].release.valid_until)));
        }
    }
}

} // namespace

bool is_flat(const PackageSource& source) {
    return source.distribution.empty() || source.distribution.ends_with('/');
}

std::string release_directory(const PackageSource& source) {
    if (!is_flat(source)) {
        return fmt::format("{}/dists/{}/", source.url, source.distribution);
    }
    std::string_view directory = source.distribution;
    while (directory.starts_with("./") || directory.starts_with('/')) {
        directory.remove_prefix(directory.front() == '/' ? 1 : 2);
    }
    return fmt::format("{}/{}", source.url, directory);
}

std::vector<SourceRelease> fetch_releases(
    const PackageRequest& request,
    net::Client& client,
    const store::Store& store,
    const base::Context& context) {
    std::vector<SourceRelease> releases(request.sources.size());
    base::parallel_for(context.pool, context.stop, request.sources.size(), [&](std::size_t i) {
        try {
            releases[i] = ReleaseFetch(request, request.sources[i], client, store, context).run();
        } catch (base::Error& error) {
            error.add_context(fmt::format("repository '{}'", request.sources[i].alias));
            error.at(request.sources[i].position);
            throw;
        }
    });
    report_exceptions(request, releases, context);
    return releases;
}

} // namespace imgbuild::package
