// SPDX-License-Identifier: Apache-2.0
#include "package/packages_fetcher.hpp"

#include "archive/decompressor.hpp"
#include "base/text.hpp"
#include "base/thread_pool.hpp"
#include "package/store_text.hpp"

#include <fmt/format.h>

#include <array>

namespace imgbuild::package {
namespace {

constexpr std::size_t packages_limit = std::size_t{1} << 31U;
/// From a compressed index without a signed sum of its plain form to the plain form.
constexpr std::string_view record_kind = "apt-packages";
/// gzip first: everything waits for this file, and what Debian's is larger than xz's (a third) takes less
/// time to get, from 50 Mbit/s on, than xz takes longer to decompress (0.7 s).
constexpr std::array<std::string_view, 4> endings = {".gz", ".xz", ".zst", ""};

struct WantedFile {
    IndexFile file;
    /// Below the Release file's directory, without the ending of a compression.
    std::string path;
};

class PackagesFetch {
public:
    PackagesFetch(
        const PackageSource& source,
        const SourceRelease& release,
        net::Client& client,
        const store::Store& store,
        const base::Context& context)
        : source_(source)
        , release_(release)
        , client_(client)
        , store_(store)
        , context_(context) {}

    /// @returns the digest of the plain text, which is in the store then.
    crypto::Digest run(const std::string& path) const;

private:
    crypto::Digest fetch_signed(const std::string& path) const;
    crypto::Digest fetch_unsigned(const std::string& path) const;
    void fetch_compressed(const std::string& path, const ReleaseEntry& entry) const;
    crypto::Digest unpack(
        const crypto::Digest& compressed,
        const std::optional<crypto::Digest>& plain,
        const std::string& path) const;
    const ReleaseEntry* find(const std::string& path) const;
    bool try_fetch(
        const std::string& path,
        const std::string& url_path,
        const std::optional<ReleaseEntry>& entry,
        crypto::Digest& digest) const;

    const PackageSource& source_;
    const SourceRelease& release_;
    net::Client& client_;
    const store::Store& store_;
    const base::Context& context_;
};

const ReleaseEntry* PackagesFetch::find(const std::string& path) const {
    const auto found = release_.release.files.find(path);
    return found == release_.release.files.end() ? nullptr : &found->second;
}

/// @returns false if the server has no such file.
bool PackagesFetch::try_fetch(
    const std::string& path,
    const std::string& url_path,
    const std::optional<ReleaseEntry>& entry,
    crypto::Digest& digest) const {
    net::Request transfer;
    transfer.url = release_directory(source_) + url_path;
    transfer.credentials = source_.credentials;
    transfer.title = fmt::format("{} {}", source_.alias, path);
    transfer.size_limit = packages_limit;
    std::optional<crypto::Digest> expected;
    if (entry) {
        transfer.expected_size = entry->size;
        expected = entry->digest;
    }
    BlobSink sink(store_);
    try {
        client_.fetch(transfer, sink, context_);
    } catch (const net::TransferError& error) {
        if (error.failure() == net::TransferFailure::not_found) {
            return false;
        }
        throw;
    }
    digest = sink.publish(expected, net::without_secrets(transfer.url));
    return true;
}

void PackagesFetch::fetch_compressed(const std::string& path, const ReleaseEntry& entry) const {
    crypto::Digest digest;
    if (release_.release.acquire_by_hash) {
        const std::string directory = path.substr(0, path.rfind('/') + 1);
        if (try_fetch(path, directory + "by-hash/SHA256/" + entry.digest.hex(), entry, digest)) {
            return;
        }
    }
    if (!try_fetch(path, path, entry, digest)) {
        throw base::Error(
            fmt::format(
                "{}{}: the mirror does not have it, though its Release file says so",
                net::without_secrets(release_directory(source_)),
                path),
            base::ExitCode::fetch)
            .set_hint("the mirror is incomplete: try again later, or use another");
    }
}

crypto::Digest PackagesFetch::unpack(
    const crypto::Digest& compressed,
    const std::optional<crypto::Digest>& plain,
    const std::string& path) const {
    const base::Activity activity(
        context_.reporter,
        {.title = fmt::format("unpacking {} {}", source_.alias, path),
         .parent = context_.parent_activity});
    const std::string text = archive::decompress_file(store_.blob_path(compressed), packages_limit);
    store::BlobWriter writer = store_.new_blob();
    writer.write(std::as_bytes(std::span(text)));
    try {
        return writer.publish(plain, path);
    } catch (base::IntegrityError& error) {
        error.set_exit_code(base::ExitCode::fetch);
        throw;
    }
}

crypto::Digest PackagesFetch::fetch_signed(const std::string& path) const {
    const ReleaseEntry* const plain = find(path);
    if (plain != nullptr && store_.has_blob(plain->digest)) {
        return plain->digest;
    }
    for (const std::string_view ending : endings) {
        const std::string name = path + std::string(ending);
        const ReleaseEntry* const entry = find(name);
        if (entry == nullptr) {
            continue;
        }
        if (plain == nullptr) {
            const auto record = store_.find_record(record_kind, entry->digest);
            const auto known =
                record ? crypto::Digest::from_hex(base::trim(*record)) : std::nullopt;
            if (known && store_.has_blob(*known)) {
                return *known;
            }
        }
        if (!has_sound_blob(store_, entry->digest)) {
            fetch_compressed(name, *entry);
        }
        if (ending.empty()) {
            return entry->digest;
        }
        const crypto::Digest digest = unpack(
            entry->digest, plain != nullptr ? std::optional(plain->digest) : std::nullopt, name);
        store_.put_record(record_kind, entry->digest, digest.hex() + "\n");
        return digest;
    }
    throw base::Error(
        fmt::format("the Release file names {} in no form that imgbuild can read", path),
        base::ExitCode::fetch)
        .set_hint("the repository must offer it as .xz, .gz, .zst or plain");
}

/// Of a repository without any Release file: takes what the server gives.
crypto::Digest PackagesFetch::fetch_unsigned(const std::string& path) const {
    for (const std::string_view ending : endings) {
        const std::string name = path + std::string(ending);
        crypto::Digest digest;
        if (try_fetch(name, name, std::nullopt, digest)) {
            return ending.empty() ? digest : unpack(digest, std::nullopt, name);
        }
    }
    throw base::Error(
        fmt::format(
            "{}: there is neither a Release nor a Packages file",
            net::without_secrets(release_directory(source_))),
        base::ExitCode::fetch)
        .set_hint("check the URL of this repository");
}

crypto::Digest PackagesFetch::run(const std::string& path) const {
    return release_.text.empty() ? fetch_unsigned(path) : fetch_signed(path);
}

bool offers(const ReleaseFile& release, const std::string& prefix) {
    const auto found = release.files.lower_bound(prefix);
    return found != release.files.end() && found->first.starts_with(prefix);
}

[[noreturn]] void refuse_component(
    const PackageSource& source,
    const ReleaseFile& release,
    const std::string& component,
    const std::string& architecture) {
    if (!offers(release, component + "/")) {
        throw base::Error(
            fmt::format(
                "repository '{}' has no component '{}' in distribution '{}'",
                source.alias,
                component,
                source.distribution),
            base::ExitCode::fetch)
            .set_hint(fmt::format("its components are: {}", base::join(release.components, ", ")))
            .at(source.position);
    }
    throw base::Error(
        fmt::format(
            "repository '{}' has no packages for architecture {} in {}/{}",
            source.alias,
            architecture,
            source.distribution,
            component),
        base::ExitCode::fetch)
        .set_hint(fmt::format("its architectures are: {}", base::join(release.architectures, ", ")))
        .at(source.position);
}

std::vector<WantedFile> wanted_files(
    const PackageRequest& request,
    const std::vector<SourceRelease>& releases,
    const std::string& architecture) {
    std::vector<WantedFile> wanted;
    for (std::size_t i = 0; i < request.sources.size(); ++i) {
        const PackageSource& source = request.sources[i];
        if (is_flat(source)) {
            wanted.push_back({{i, "main", architecture, {}}, "Packages"});
            continue;
        }
        const ReleaseFile& release = releases[i].release;
        for (const std::string& component : source.components) {
            const auto path_of = [&component](const std::string& name) {
                return fmt::format("{}/binary-{}/Packages", component, name);
            };
            const bool native = offers(release, path_of(architecture));
            const bool all = release.all_apart && offers(release, path_of("all"));
            if (!native && !all) {
                refuse_component(source, release, component, architecture);
            }
            if (native) {
                wanted.push_back({{i, component, architecture, {}}, path_of(architecture)});
            }
            if (all) {
                wanted.push_back({{i, component, "all", {}}, path_of("all")});
            }
        }
    }
    return wanted;
}

} // namespace

std::vector<IndexFile> fetch_packages_files(
    const PackageRequest& request,
    const std::vector<SourceRelease>& releases,
    const std::string& architecture,
    net::Client& client,
    const store::Store& store,
    const base::Context& context) {
    std::vector<WantedFile> wanted = wanted_files(request, releases, architecture);
    base::Activity activity(
        context.reporter,
        // Not counted: its parts show their bytes, and "0 of 1" for minutes would say nothing.
        {.title = "getting the package indexes", .parent = context.parent_activity});
    base::Context inner = context;
    inner.parent_activity = activity.id();
    base::parallel_for(context.pool, context.stop, wanted.size(), [&](std::size_t i) {
        IndexFile& file = wanted[i].file;
        const PackageSource& source = request.sources[file.source];
        try {
            file.digest = PackagesFetch(source, releases[file.source], client, store, inner)
                              .run(wanted[i].path);
        } catch (base::Error& error) {
            error.add_context(fmt::format("repository '{}'", source.alias));
            error.at(source.position);
            throw;
        }
    });
    std::vector<IndexFile> files;
    files.reserve(wanted.size());
    for (WantedFile& file : wanted) {
        files.push_back(std::move(file.file));
    }
    return files;
}

} // namespace imgbuild::package
