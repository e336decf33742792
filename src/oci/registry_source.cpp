// SPDX-License-Identifier: Apache-2.0
#include "oci/registry_source.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "config/registry_certificates.hpp"
#include "oci/known_image.hpp"
#include "oci/pin_image.hpp"
#include "oci/registry_fault.hpp"
#include "oci/stored_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace imgbuild::oci {

namespace {

/// WAREWULF_OCI_NOHTTPS, in the words for true and false that Warewulf takes.
/// @throws base::UsageError for any other.
bool wishes_no_https(const config::Host& host) {
    constexpr std::string_view name = "WAREWULF_OCI_NOHTTPS";
    const std::string wish = host.variable(std::string(name)).value_or("false");
    const auto is_one_of = [&wish](const std::array<std::string_view, 6>& words) {
        return std::find(words.begin(), words.end(), wish) != words.end();
    };
    if (is_one_of({"1", "t", "T", "true", "True", "TRUE"})) {
        return true;
    }
    if (is_one_of({"0", "f", "F", "false", "False", "FALSE"})) {
        return false;
    }
    throw base::UsageError(
        fmt::format("{} is \"{}\", neither true nor false", name, base::printable(wish)));
}

/// The registry is down, or there is no network.
bool is_out_of_reach(const net::TransferError& fault) {
    return fault.failure() == net::TransferFailure::unreachable ||
           fault.failure() == net::TransferFailure::timed_out ||
           fault.failure() == net::TransferFailure::server_fault;
}

/// Another candidate of a short name may be the one that is meant.
bool may_be_elsewhere(const base::Error& error) {
    return error.exit_code() == base::ExitCode::fetch ||
           error.exit_code() == base::ExitCode::retryable;
}

} // namespace

RegistrySource::RegistrySource(
    naming::ImageName name, RegistrySettings settings, const store::Store& store)
    : name_(std::move(name))
    , settings_(std::move(settings))
    , store_(store)
    , resolved_name_(to_string(name_)) {}

std::vector<naming::ImageName> RegistrySource::candidates() const {
    if (!name_.registry.empty()) {
        return {name_};
    }
    const auto complete = [this](const std::string& repository) {
        naming::ImageName full = naming::parse_image_name(repository);
        full.tag = name_.tag.empty() ? full.tag : name_.tag;
        full.digest = name_.digest;
        return full;
    };
    const config::Registries& registries = settings_.registries;
    const auto alias = registries.aliases().find(name_.path);
    if (alias != registries.aliases().end()) {
        return {complete(alias->second)};
    }
    const std::vector<std::string>& search = registries.search();
    if (search.empty()) {
        base::UsageError error(fmt::format(
            "\"{}\" is a short name, and no registries.conf says where to look for it",
            name_.path));
        error.set_hint(fmt::format(
            "write the whole name, such as {}",
            to_string(naming::parse_image_name(to_string(name_)))));
        throw error;
    }
    std::vector<naming::ImageName> names;
    for (const std::string& registry : search) {
        names.push_back(complete(registry + "/" + name_.path));
    }
    if (registries.short_name_mode() == config::ShortNameMode::enforcing && names.size() > 1) {
        base::UsageError error(fmt::format(
            "\"{}\" is a short name that could mean {} images", name_.path, names.size()));
        std::vector<std::string> texts;
        for (const naming::ImageName& one : names) {
            texts.push_back(to_string(one));
        }
        error.set_hint(
            "registries.conf has short-name-mode = \"enforcing\": write one of " +
            base::join(texts, ", "));
        throw error;
    }
    return names;
}

std::vector<RegistrySource::Place>
RegistrySource::places_of(const naming::ImageName& name, const base::Context& context) {
    std::vector<Place> places;
    for (const config::RegistryEndpoint& endpoint :
         settings_.registries.endpoints(name.repository(), name.digest.has_value())) {
        const naming::ImageName there = naming::parse_image_name(endpoint.repository);
        const bool without_https = wishes_no_https(settings_.host);
        RegistryAccess access{
            there.registry,
            endpoint.is_insecure || without_https,
            without_https,
            settings_.credentials.find(there.registry, there.path, context),
            settings_.transfers};
        const config::RegistryCertificates certificates =
            config::find_registry_certificates(settings_.host, there.registry);
        access.transfers.more_ca_files = certificates.authorities;
        access.transfers.client_certificate = certificates.client_certificate;
        access.transfers.client_key = certificates.client_key;
        RegistryClient& client = settings_.pool->client(access, store_);
        places.push_back({&client, there.path, endpoint.is_mirror});
    }
    return places;
}

template <typename Action>
auto RegistrySource::at_first_place(
    const std::vector<Place>& places, const base::Context& context, const Action& action) {
    std::vector<std::string> failures;
    for (auto place = places.begin();; ++place) {
        const bool is_last = std::next(place) == places.end();
        try {
            try {
                return action(*place);
            } catch (const net::TransferError& fault) {
                throw explain_fault(
                    fault, place->client->registry(), place->client->login_origin());
            }
        } catch (base::Error& error) {
            if (is_last) {
                if (!failures.empty()) {
                    error.set_details(std::move(failures));
                }
                throw;
            }
            failures.push_back(
                fmt::format("the mirror {}: {}", place->client->registry(), error.what()));
            context.reporter.message(base::LogLevel::info, failures.back());
        }
    }
}

PinnedImage RegistrySource::resolve(const Platform& platform, const base::Context& context) {
    const std::vector<naming::ImageName> names = candidates();
    if (settings_.recalls) {
        for (const naming::ImageName& name : names) {
            if (auto known = recall(name, platform, context)) {
                return std::move(*known);
            }
        }
    }
    std::vector<std::string> failures;
    for (const naming::ImageName& name : names) {
        try {
            return base::with_context(
                [&name] { return to_string(name); },
                [&] { return resolve_name(name, platform, context); });
        } catch (base::Error& error) {
            if (&name == &names.back() || !may_be_elsewhere(error)) {
                if (!failures.empty()) {
                    error.set_details(std::move(failures));
                }
                throw;
            }
            failures.emplace_back(error.what());
        }
    }
    throw base::Error(name_.path + ": nowhere to look for it");
}

std::optional<PinnedImage> RegistrySource::recall(
    const naming::ImageName& name, const Platform& platform, const base::Context& context) {
    std::optional<KnownImage> known = find_known_image(store_, name);
    if (!known) {
        return std::nullopt;
    }
    bool is_complete = true;
    const auto read = [&](const Descriptor& descriptor) {
        std::optional<std::string> text = read_stored_document(store_, descriptor.digest);
        is_complete = text.has_value();
        return std::move(text).value_or("");
    };
    try {
        PinnedImage image = pin_image(std::move(known->document), platform, store_, read);
        image.trust = "not checked again";
        image.asked = known->time;
        name_image(image, name);
        places_ = places_of(name, context);
        return image;
    } catch (const base::Error&) {
        if (!is_complete) {
            return std::nullopt;
        }
        throw;
    }
}

void RegistrySource::name_image(PinnedImage& image, const naming::ImageName& name) {
    resolved_name_ = to_string(name);
    image.reference = resolved_name_;
    image.repository = name.repository();
    image.tag = name.effective_tag();
}

PinnedImage RegistrySource::resolve_name(
    const naming::ImageName& name, const Platform& platform, const base::Context& context) {
    const std::vector<Place> places = places_of(name, context);
    PinnedImage image = at_first_place(places, context, [&](const Place& place) {
        PinnedImage found = resolve_at(place, name, platform, context);
        // What is brought later comes from here, or from the places behind it.
        places_.assign(places.begin() + (&place - places.data()), places.end());
        return found;
    });
    note_digest(store_, name, image.digest());
    note_digest(store_, name, image.manifest.digest);
    image.trust = check_policy(places_.front(), name, image, context);
    image.asked = name.digest ? 0 : base::now();
    name_image(image, name);
    return image;
}

PinnedImage RegistrySource::resolve_at(
    const Place& place,
    const naming::ImageName& name,
    const Platform& platform,
    const base::Context& context) {
    Document root = root_document(place, name, context);
    return pin_image(std::move(root), platform, store_, [&](const Descriptor& descriptor) {
        if (auto stored = read_stored_document(store_, descriptor.digest)) {
            return std::move(*stored);
        }
        const bool is_config = descriptor.media_type == media_type::oci_config ||
                               descriptor.media_type == media_type::docker_config;
        return is_config ? place.client->blob(place.path, descriptor, context)
                         : place.client->manifest(place.path, to_string(descriptor.digest), context)
                               .bytes;
    });
}

Document RegistrySource::root_document(
    const Place& place, const naming::ImageName& name, const base::Context& context) {
    if (!name.digest) {
        return tagged_document(place, name, context);
    }
    if (auto known = find_known_image(store_, name)) {
        return std::move(known->document);
    }
    const std::string reference = to_string(*name.digest);
    if (auto stored = read_stored_document(store_, *name.digest)) {
        // Of another repository, so far. What this one lets in, by policy.json or by its own rules, is
        // for it to say.
        const auto head = place.client->manifest_head(place.path, reference, context);
        if (head && head->digest == *name.digest) {
            return {"", *name.digest, std::move(*stored)};
        }
    }
    return take_root(place.client->manifest(place.path, reference, context), "manifest");
}

Document RegistrySource::tagged_document(
    const Place& place, const naming::ImageName& name, const base::Context& context) {
    std::optional<KnownImage> known = find_known_image(store_, name);
    const std::string tag = name.effective_tag();
    try {
        if (known) {
            const auto head = place.client->manifest_head(place.path, tag, context);
            if (head && head->digest == known->document.digest) {
                note_tag(store_, name, known->document);
                return std::move(known->document);
            }
        }
        Document document = place.client->manifest(place.path, tag, context);
        document = take_root(std::move(document), "manifest");
        note_tag(store_, name, document);
        return document;
    } catch (const net::TransferError& fault) {
        if (!known || place.is_mirror || !is_out_of_reach(fault)) {
            throw;
        }
        context.reporter.message(
            base::LogLevel::warning,
            fmt::format(
                "{}: {}; taking what it was on {} from the store",
                to_string(name),
                fault.what(),
                base::format_utc(known->time)));
        return std::move(known->document);
    }
}

Document RegistrySource::take_root(Document document, const std::string& name) {
    Descriptor descriptor;
    descriptor.media_type = document.media_type;
    descriptor.digest = document.digest;
    descriptor.size = document.bytes.size();
    return take_document(descriptor, std::move(document.bytes), store_, name);
}

std::string RegistrySource::check_policy(
    const Place& place,
    const naming::ImageName& name,
    const PinnedImage& image,
    const base::Context& context) {
    const SignatureReader reader = {
        [&](const crypto::Digest& digest) { return simple_signatures(name, digest, context); },
        [&](const crypto::Digest& digest) {
            if (!settings_.lookaside.uses_attachments(name.repository(), name.effective_tag())) {
                return std::vector<SigstoreSignature>();
            }
            try {
                return place.client->sigstore_signatures(place.path, digest, context);
            } catch (const net::TransferError& fault) {
                throw explain_fault(fault, place.client->registry(), place.client->login_origin());
            }
        }};
    return check_trust(
        settings_.policy, {"docker", registry_scopes(name), name}, image, reader, store_, context);
}

std::vector<std::string> RegistrySource::simple_signatures(
    const naming::ImageName& name,
    const crypto::Digest& digest,
    const base::Context& context) const {
    const std::string place = fmt::format(
        "{}/{}@sha256={}/signature-",
        settings_.lookaside.find(name.repository(), name.effective_tag()),
        name.path,
        digest.hex());
    net::Client client(settings_.transfers);
    std::vector<std::string> signatures;
    for (unsigned number = 1; number <= signature_limit; ++number) {
        try {
            net::Request request;
            request.url = place + std::to_string(number);
            signatures.push_back(client.fetch_text(request, signature_size_limit, context).second);
        } catch (const net::TransferError& fault) {
            if (fault.failure() != net::TransferFailure::not_found) {
                throw;
            }
            break;
        }
    }
    return signatures;
}

void RegistrySource::bring(
    const std::vector<BlobOrder>& orders, const std::string& title, const base::Context& context) {
    base::with_context(
        [this] { return resolved_name_; },
        [&] {
            (void)at_first_place(places_, context, [&](const Place& place) {
                place.client->bring(place.path, orders, title, context);
                return true;
            });
        });
}

} // namespace imgbuild::oci
