// SPDX-License-Identifier: Apache-2.0
#include "oci/known_image.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "oci/stored_document.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::oci {

namespace {

constexpr std::string_view tag_record = "image-tag";
constexpr std::string_view digest_record = "image-digest";

store::Key tag_key(const naming::ImageName& name) {
    return crypto::sha256("image tag 1\n" + to_string(name) + "\n");
}

store::Key digest_key(const naming::ImageName& name, const crypto::Digest& digest) {
    return crypto::sha256(
        fmt::format("image digest 1\n{}@{}\n", name.repository(), to_string(digest)));
}

std::optional<KnownImage> find_tag(const store::Store& store, const naming::ImageName& name) {
    const std::optional<std::string> record = store.find_record(tag_record, tag_key(name));
    if (!record) {
        return std::nullopt;
    }
    const std::vector<std::string_view> lines = base::split_lines(*record);
    const auto digest = lines.size() == 3 ? parse_digest(lines[0]) : std::nullopt;
    const auto time = digest ? base::parse_number(lines[2]) : std::nullopt;
    std::optional<std::string> text = time ? read_stored_document(store, *digest) : std::nullopt;
    if (!text) {
        return std::nullopt;
    }
    return KnownImage{
        {std::string(lines[1]), *digest, std::move(*text)}, static_cast<std::int64_t>(*time)};
}

} // namespace

std::optional<KnownImage>
find_known_image(const store::Store& store, const naming::ImageName& name) {
    if (!name.digest) {
        return find_tag(store, name);
    }
    if (!store.find_record(digest_record, digest_key(name, *name.digest))) {
        return std::nullopt;
    }
    std::optional<std::string> text = read_stored_document(store, *name.digest);
    return text ? std::optional(KnownImage{{"", *name.digest, std::move(*text)}, 0}) : std::nullopt;
}

void note_tag(const store::Store& store, const naming::ImageName& name, const Document& document) {
    store.put_record(
        tag_record,
        tag_key(name),
        fmt::format(
            "{}\n{}\n{}\n",
            to_string(document.digest),
            base::printable(document.media_type),
            base::now()));
}

void note_digest(
    const store::Store& store, const naming::ImageName& name, const crypto::Digest& digest) {
    const store::Key key = digest_key(name, digest);
    if (!store.find_record(digest_record, key)) {
        store.put_record(digest_record, key, "it is there\n");
    }
}

} // namespace imgbuild::oci
