// SPDX-License-Identifier: Apache-2.0
#include "package/deb_fetcher.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "package/store_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace imgbuild::package {
namespace {

/// Left over for what scripts write, file system overhead and the packed image.
constexpr std::uint64_t reserve = std::uint64_t{64} << 20U;

/// @param expands packages are kept decompressed, too.
void require_space(
    const store::Store& store, std::uint64_t download, const Resolution& resolution, bool expands) {
    std::uint64_t installed = 0;
    std::uint64_t expanded = 0;
    for (const ResolvedPackage& package : resolution.packages) {
        if (!package.installed_before) {
            installed += package.installed_size;
            const bool is_new = expands && !store.has_expanded(package.digest);
            expanded += is_new ? package.installed_size : 0;
        }
    }
    const std::uint64_t needed = download + expanded + installed + reserve;
    const std::uint64_t free = base::free_space(store.path());
    if (free < needed) {
        throw base::Error(fmt::format(
                              "{} is needed in {} ({} to download, {} decompressed, {} "
                              "installed), but only {} is free",
                              base::format_bytes(needed),
                              store.path(),
                              base::format_bytes(download),
                              base::format_bytes(expanded),
                              base::format_bytes(installed),
                              base::format_bytes(free)))
            .set_hint("remove what is not needed with 'imgbuild cache prune', or name another "
                      "place with --store");
    }
}

/// By number, each file once.
std::vector<std::size_t> wanted_packages(const Resolution& resolution) {
    std::vector<std::size_t> wanted;
    std::set<crypto::Digest> seen;
    for (std::size_t i = 0; i < resolution.packages.size(); ++i) {
        const ResolvedPackage& package = resolution.packages[i];
        if (!package.installed_before && seen.insert(package.digest).second) {
            wanted.push_back(i);
        }
    }
    return wanted;
}

/// Of each wanted package whether the store has it, unharmed: neither dpkg nor a package's own checksums
/// would find every damage.
std::vector<char> find_present(
    const std::vector<std::size_t>& wanted,
    const Resolution& resolution,
    const store::Store& store,
    const base::Context& context) {
    std::vector<char> is_present(wanted.size());
    base::parallel_for(context.pool, context.stop, wanted.size(), [&](std::size_t i) {
        const crypto::Digest& digest = resolution.packages[wanted[i]].digest;
        is_present[i] = has_sound_blob(store, digest) ? 1 : 0;
    });
    return is_present;
}

net::Client::Job make_job(
    const PackageSource& source,
    const ResolvedPackage& package,
    const store::Store& store,
    std::function<void()> on_published) {
    net::Client::Job job;
    job.request.url = file_url(source, package.path);
    job.request.credentials = source.credentials;
    job.request.expected_size = package.size;
    job.request.title = fmt::format("{} {}", package.name, package.version);
    auto sink = std::make_unique<BlobSink>(store);
    const std::string name = net::without_secrets(job.request.url);
    job.on_complete = [blob = sink.get(),
                       digest = package.digest,
                       name,
                       on_published = std::move(on_published)](const net::Response&) {
        blob->publish(digest, name);
        on_published();
    };
    job.sink = std::move(sink);
    return job;
}

} // namespace

std::string file_url(const PackageSource& source, std::string_view path) {
    static constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/+:@!$&'()*,;=";
    while (path.starts_with("./")) {
        path.remove_prefix(2);
    }
    std::string url = source.url + '/';
    for (const char character : path) {
        if (plain.find(character) != std::string_view::npos) {
            url += character;
        } else {
            url += fmt::format("%{:02X}", static_cast<unsigned char>(character));
        }
    }
    return url;
}

void fetch_debs(
    const PackageRequest& request,
    const Resolution& resolution,
    RawDebs* raw_debs,
    net::Client& client,
    const store::Store& store,
    const base::Context& context) {
    const std::vector<std::size_t> wanted = wanted_packages(resolution);
    const std::vector<char> is_present = find_present(wanted, resolution, store, context);
    std::vector<net::Client::Job> jobs;
    std::uint64_t download = 0;
    std::vector<std::size_t> present;
    for (std::size_t number = 0; number < wanted.size(); ++number) {
        const std::size_t i = wanted[number];
        const ResolvedPackage& package = resolution.packages[i];
        if (is_present[number] != 0) {
            present.push_back(i);
            continue;
        }
        download += package.size;
        jobs.push_back(make_job(request.sources[package.source], package, store, [raw_debs, i] {
            if (raw_debs != nullptr) {
                raw_debs->start(i);
            }
        }));
    }
    require_space(store, download, resolution, raw_debs != nullptr);
    if (raw_debs != nullptr) {
        std::for_each(present.begin(), present.end(), [&](std::size_t i) { raw_debs->start(i); });
    }
    if (jobs.empty()) {
        return;
    }
    base::Activity activity(
        context.reporter,
        {.kind = base::ActivityKind::stage,
         .title =
             fmt::format("fetching {} {}", jobs.size(), jobs.size() == 1 ? "package" : "packages"),
         .parent = context.parent_activity});
    base::Context inner = context;
    inner.parent_activity = activity.id();
    client.fetch_all(std::move(jobs), "downloading", inner);
}

} // namespace imgbuild::package
