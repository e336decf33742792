// SPDX-License-Identifier: Apache-2.0
#include "oci/signature.hpp"

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "json/fields.hpp"
#include "oci/document_reader.hpp"
#include "process/process.hpp"

#include <fmt/format.h>

namespace imgbuild::oci {

namespace {

constexpr std::size_t payload_limit = std::size_t{1} << 20U;

std::optional<naming::ImageName> parse_reference(const std::string& text) {
    try {
        return naming::parse_image_name(text);
    } catch (const base::UsageError&) {
        return std::nullopt;
    }
}

/// Without a digest the tags must agree too.
bool same_image(const naming::ImageName& claimed, const naming::ImageName& image) {
    if (image.digest) {
        return claimed.repository() == image.repository();
    }
    return !claimed.tag.empty() && to_string(claimed) == to_string(image);
}

/// "old/name" with the prefix "old" replaced by "new".
std::optional<naming::ImageName>
remapped(const naming::ImageName& image, const config::SignedIdentity& identity) {
    const std::string repository = image.repository();
    if (!repository.starts_with(identity.prefix)) {
        return image;
    }
    const std::string rest = repository.substr(identity.prefix.size());
    if (!rest.empty() && rest.front() != '/') {
        return image;
    }
    std::optional<naming::ImageName> mapped = parse_reference(identity.signed_prefix + rest);
    if (mapped) {
        mapped->tag = image.tag;
        mapped->digest = image.digest;
    }
    return mapped;
}

std::string armour_content(std::string_view text) {
    std::string encoded;
    bool in_block = false;
    bool in_header = false;
    std::string bytes;
    for (const std::string_view whole : base::split_lines(text)) {
        const std::string_view line = base::trim(whole);
        if (line.starts_with("-----BEGIN PGP ")) {
            in_block = true;
            in_header = true;
            encoded.clear();
        } else if (line.starts_with("-----END PGP ") && in_block) {
            const std::optional<std::string> block = base::base64_decode(encoded);
            if (!block) {
                throw base::UsageError("a key's armour is damaged");
            }
            bytes += *block;
            in_block = false;
        } else if (in_header) {
            in_header = !line.empty();
        } else if (in_block && !line.starts_with('=')) {
            encoded += line;
        }
    }
    return bytes;
}

} // namespace

SignedClaim parse_claim(const std::string& payload, const std::string& name) {
    return reading_document([&] {
        const json::Value document = json::parse(payload, name);
        const json::Value* const critical = json::find_member(document, "critical", name);
        if (critical == nullptr) {
            refuse_document(name, "says nothing about an image");
        }
        const json::Value* const image = json::find_member(*critical, "image", name);
        const json::Value* const identity = json::find_member(*critical, "identity", name);
        if (image == nullptr || identity == nullptr) {
            refuse_document(name, "names no image");
        }
        return SignedClaim{
            json::text_member(*critical, "type", name),
            require_digest(json::text_member(*image, "docker-manifest-digest", name), name),
            json::text_member(*identity, "docker-reference", name)};
    });
}

std::vector<SignatureLayer>
parse_signature_manifest(const std::string& text, const std::string& name) {
    constexpr const char* payload_type = "application/vnd.dev.cosign.simplesigning.v1+json";
    constexpr const char* annotation = "dev.cosignproject.cosign/signature";
    return reading_document([&] {
        std::vector<SignatureLayer> layers;
        const json::Value document = json::parse(text, name);
        for (const json::Value& value : json::list_member(document, "layers", name)) {
            const auto annotations = json::text_map_member(value, "annotations", name);
            const auto encoded = annotations.find(annotation);
            const auto signature =
                encoded == annotations.end() ? std::nullopt : base::base64_decode(encoded->second);
            if (json::text_member(value, "mediaType", name) != payload_type || !signature) {
                continue;
            }
            Descriptor payload;
            payload.media_type = payload_type;
            payload.digest = require_digest(json::text_member(value, "digest", name), name);
            payload.size = json::number_member(value, "size", name).value_or(0);
            layers.push_back({payload, *signature});
        }
        return layers;
    });
}

bool identity_matches(
    const config::SignedIdentity& wanted,
    const std::string& claimed_reference,
    const std::optional<naming::ImageName>& image) {
    using Kind = config::SignedIdentity::Kind;
    const std::optional<naming::ImageName> claimed = parse_reference(claimed_reference);
    if (!claimed) {
        return false;
    }
    if (wanted.kind == Kind::exact_reference || wanted.kind == Kind::exact_repository) {
        const std::optional<naming::ImageName> exact = parse_reference(wanted.reference);
        return exact &&
               (wanted.kind == Kind::exact_repository ? exact->repository() == claimed->repository()
                                                      : to_string(*exact) == to_string(*claimed));
    }
    if (!image) {
        return false;
    }
    switch (wanted.kind) {
    case Kind::match_repository:
        return claimed->repository() == image->repository();
    case Kind::match_exact:
        return !image->digest && same_image(*claimed, *image);
    case Kind::remap_identity: {
        const std::optional<naming::ImageName> mapped = remapped(*image, wanted);
        return mapped && same_image(*claimed, *mapped);
    }
    default:
        return same_image(*claimed, *image);
    }
}

std::string gpg_keyring(const std::vector<std::string>& keys) {
    std::string keyring;
    for (const std::string& key : keys) {
        const bool is_armoured = key.find("-----BEGIN PGP ") != std::string::npos;
        keyring += is_armoured ? armour_content(key) : key;
    }
    return keyring;
}

std::optional<GpgVerdict> check_gpg(
    const std::string& signed_message,
    const std::string& keyring,
    const std::string& directory,
    const base::Context& context) {
    const std::string keys = base::join_path(directory, "keyring.gpg");
    const std::string message = base::join_path(directory, "signature");
    const std::string payload = base::join_path(directory, "payload");
    base::replace_file(keys, keyring);
    base::replace_file(message, signed_message);
    base::remove_tree(payload);
    process::Command command;
    command.argv = {
        "gpgv",
        "--homedir",
        directory,
        "--keyring",
        keys,
        "--status-fd",
        "1",
        "--output",
        payload,
        message};
    const process::Result result = process::run(command, context);
    GpgVerdict verdict;
    int signatures = 0;
    bool is_good = false;
    for (const std::string_view line : base::split_lines(result.output)) {
        const std::vector<std::string_view> words = base::split_words(line);
        if (words.size() < 3 || words[0] != "[GNUPG:]") {
            continue;
        }
        signatures += words[1] == "NEWSIG" ? 1 : 0;
        is_good = is_good || words[1] == "GOODSIG";
        if (words[1] == "VALIDSIG") {
            verdict.key = words[2];
        }
    }
    // Words count only if all of them are about one signature, and it holds today.
    if (result.status != 0 || !is_good || verdict.key.empty() || signatures > 1 ||
        !base::exists(payload)) {
        return std::nullopt;
    }
    verdict.payload = base::read_file(payload, payload_limit);
    return verdict;
}

} // namespace imgbuild::oci
