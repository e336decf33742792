// SPDX-License-Identifier: Apache-2.0
// A line for the resolution, then one for each source's index:
//
//     RESOLUTION-KEY <tab> SECONDS
//     DIGEST <tab> DATE <tab> FLAGS <tab> SUITE
#include "package/last_resolution.hpp"

#include "base/text.hpp"
#include "package/resolution_record.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace imgbuild::package {
namespace {

constexpr std::string_view pointer_kind = "apt-last-resolution";

/// What was asked and of whom, whatever the indexes say. A site's own mirror stands for the public one.
crypto::Digest request_key(const PackageRequest& request) {
    std::string text =
        resolution_key(request, std::vector<ResolvedIndex>(request.sources.size())).hex();
    for (const PackageSource& source : request.sources) {
        text += "\n" + (source.public_url.empty() ? source.url : source.public_url);
    }
    return crypto::sha256(text);
}

std::optional<ResolvedIndex> read_index(std::string_view line, const PackageSource& source) {
    const std::vector<std::string_view> fields = base::split(line, '\t');
    if (fields.size() != 4) {
        return std::nullopt;
    }
    const auto digest = crypto::Digest::from_hex(fields[0]);
    const auto date = base::parse_number(fields[1]);
    if (!digest || !date) {
        return std::nullopt;
    }
    ResolvedIndex index;
    index.alias = source.alias;
    index.digest = *digest;
    index.date = static_cast<std::int64_t>(*date);
    index.signature_checked = fields[2].find('s') != std::string_view::npos;
    index.expired = fields[2].find('e') != std::string_view::npos;
    index.suite = fields[3];
    return index;
}

} // namespace

void remember_last_resolution(
    const PackageRequest& request,
    const crypto::Digest& key,
    const Resolution& resolution,
    const store::Store& store) {
    std::string text = fmt::format("{}\t{}\n", key.hex(), resolution.asked);
    for (const ResolvedIndex& index : resolution.indexes) {
        text += fmt::format(
            "{}\t{}\t-{}{}\t{}\n",
            index.digest.hex(),
            index.date,
            index.signature_checked ? "s" : "",
            index.expired ? "e" : "",
            index.suite);
    }
    store.put_record(pointer_kind, request_key(request), text);
}

std::optional<Resolution> find_last_resolution(
    const PackageRequest& request, std::string_view record_kind, const store::Store& store) {
    const auto pointer = store.find_record(pointer_kind, request_key(request));
    if (!pointer) {
        return std::nullopt;
    }
    const std::vector<std::string_view> lines = base::split_lines(*pointer);
    const std::vector<std::string_view> fields =
        base::split(lines.empty() ? std::string_view() : lines.front(), '\t');
    if (fields.size() != 2 || lines.size() != request.sources.size() + 1) {
        return std::nullopt;
    }
    const auto key = crypto::Digest::from_hex(fields[0]);
    const auto asked = base::parse_number(fields[1]);
    const auto record = key ? store.find_record(record_kind, *key) : std::nullopt;
    if (!record || !asked) {
        return std::nullopt;
    }
    std::optional<Resolution> resolution = read_resolution(*record, request.sources.size());
    if (!resolution) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < request.sources.size(); ++i) {
        std::optional<ResolvedIndex> index = read_index(lines[i + 1], request.sources[i]);
        if (!index) {
            return std::nullopt;
        }
        resolution->indexes.push_back(std::move(*index));
    }
    resolution->asked = static_cast<std::int64_t>(*asked);
    resolution->cached = true;
    return resolution;
}

} // namespace imgbuild::package
