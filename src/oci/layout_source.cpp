// SPDX-License-Identifier: Apache-2.0
#include "oci/layout_source.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "json/fields.hpp"
#include "oci/document_reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgbuild::oci {

namespace {

constexpr const char* name_annotation = "org.opencontainers.image.ref.name";

std::string annotated_name(const Descriptor& entry) {
    const auto found = entry.annotations.find(name_annotation);
    return found == entry.annotations.end() ? "" : found->second;
}

/// "it has 11 and 12": what could be asked for.
std::string names_in(const Index& index) {
    std::vector<std::string> names;
    for (const Descriptor& entry : index.manifests) {
        const std::string name = annotated_name(entry);
        if (!name.empty()) {
            names.push_back(base::printable(name));
        }
    }
    return names.empty() ? "its images have no names" : "it has " + base::join(names, ", ");
}

void check_version(const ImageFiles& files) {
    const std::optional<std::string> text = read_document(files, "oci-layout");
    if (!text) {
        refuse_document("", "is no OCI layout (the file oci-layout is missing)");
    }
    const std::string where = "oci-layout";
    const std::string version = reading_document(
        [&] { return json::text_member(json::parse(*text, where), "imageLayoutVersion", where); });
    if (!version.starts_with("1.")) {
        refuse_document(
            where, fmt::format("has version \"{}\", not 1.x", base::printable(version)));
    }
}

} // namespace

LayoutSource::LayoutSource(
    std::string name,
    std::unique_ptr<ImageFiles> files,
    std::string wanted,
    const store::Store& store)
    : FilesSource(std::move(name), std::move(files), store)
    , wanted_(std::move(wanted)) {}

std::string LayoutSource::path_of(const Descriptor& blob) const {
    return "blobs/sha256/" + blob.digest.hex();
}

Document LayoutSource::root(const Platform& platform, const base::Context&) {
    const Descriptor entry = find_image(platform);
    const auto full_name = entry.annotations.find("io.containerd.image.name");
    known_name_ = full_name == entry.annotations.end() ? annotated_name(entry) : full_name->second;
    if (known_name_.find('/') == std::string::npos) {
        // Most often a tag alone.
        known_name_.clear();
    }
    return take_document(entry, read_blob(entry), store(), "manifest " + to_string(entry.digest));
}

Descriptor LayoutSource::find_image(const Platform& platform) const {
    check_version(files());
    const std::optional<std::string> text = read_document(files(), "index.json");
    if (!text) {
        refuse_document("", "is no OCI layout (index.json is missing)");
    }
    const auto parsed = parse_manifest(*text, media_type::oci_index, "index.json");
    const Index& index = std::get<Index>(parsed);
    std::vector<Descriptor> found;
    for (const Descriptor& entry : index.manifests) {
        if (wanted_.empty() || annotated_name(entry) == wanted_) {
            found.push_back(entry);
        }
    }
    if (found.empty()) {
        base::Error error(
            wanted_.empty() ? "holds no image"
                            : fmt::format("holds no image \"{}\"", base::printable(wanted_)),
            base::ExitCode::fetch);
        error.set_hint(wanted_.empty() ? "" : names_in(index));
        throw error;
    }
    if (found.size() == 1) {
        return found.front();
    }
    std::vector<Platform> offered;
    for (const Descriptor& entry : found) {
        offered.push_back(entry.platform.value_or(Platform{"", "", ""}));
    }
    const std::size_t best = best_platform(offered, platform);
    if (best == no_platform) {
        base::Error error("holds several images", base::ExitCode::fetch);
        error.set_hint("name one behind a colon; " + names_in(index));
        throw error;
    }
    return found[best];
}

} // namespace imgbuild::oci
