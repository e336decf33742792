// SPDX-License-Identifier: Apache-2.0
#include "naming/image_name.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "crypto/digest_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace imgbuild::naming {

namespace {

constexpr std::string_view docker_hub = "docker.io";
constexpr std::size_t longest_repository = 255;
constexpr std::size_t longest_tag = 128;

[[noreturn]] void
refuse(std::string_view text, const std::string& cause, const std::string& hint = "") {
    base::UsageError error(fmt::format("image \"{}\": {}", base::printable(text), cause));
    error.set_hint(hint);
    throw error;
}

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_alphanumeric(char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

/// Words of small letters and digits, between them '.', '_', "__" or any number of '-'.
bool is_path_component(std::string_view part) {
    if (part.empty() || !is_lower_or_digit(part.front()) || !is_lower_or_digit(part.back())) {
        return false;
    }
    for (std::size_t i = 0; i < part.size();) {
        if (is_lower_or_digit(part[i])) {
            ++i;
            continue;
        }
        const std::size_t end = std::min(part.find_first_not_of(part[i], i), part.size());
        const std::size_t count = end - i;
        const bool is_separator =
            part[i] == '-' || (part[i] == '_' && count <= 2) || (part[i] == '.' && count == 1);
        if (!is_separator || !is_lower_or_digit(part[end])) {
            return false;
        }
        i = end;
    }
    return true;
}

bool is_tag(std::string_view tag) {
    return !tag.empty() && tag.size() <= longest_tag &&
           (is_alphanumeric(tag.front()) || tag.front() == '_') &&
           std::all_of(tag.begin(), tag.end(), [](char c) {
               return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
           });
}

/// "host", "host:5000", "[::1]:5000".
bool is_registry(std::string_view host) {
    const std::size_t bracket = host.find(']');
    const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        const auto port = base::parse_number(host.substr(colon + 1));
        if (!port || *port == 0 || *port > 65535) {
            return false;
        }
        host = host.substr(0, colon);
    }
    if (host.starts_with('[')) {
        const std::string_view address = host.substr(1, host.size() - 2);
        return host.size() > 3 && host.back() == ']' &&
               std::all_of(address.begin(), address.end(), [](char c) {
                   return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
                          (c >= 'A' && c <= 'F') || c == ':' || c == '.';
               });
    }
    const std::vector<std::string_view> labels = base::split(host, '.');
    return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
        return !label.empty() && is_alphanumeric(label.front()) && is_alphanumeric(label.back()) &&
               std::all_of(label.begin(), label.end(), [](char c) {
                   return is_alphanumeric(c) || c == '-';
               });
    });
}

bool looks_like_registry(std::string_view part) {
    const bool has_capitals =
        std::any_of(part.begin(), part.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return part == "localhost" || has_capitals ||
           part.find_first_of(".:[") != std::string_view::npos;
}

void check_path(std::string_view path, std::string_view whole) {
    const std::vector<std::string_view> parts = base::split(path, '/');
    if (std::all_of(parts.begin(), parts.end(), is_path_component)) {
        return;
    }
    const std::string lower = base::to_lower(path);
    const std::vector<std::string_view> lower_parts = base::split(lower, '/');
    const bool only_capitals =
        std::all_of(lower_parts.begin(), lower_parts.end(), is_path_component);
    refuse(
        whole,
        fmt::format("\"{}\" is no name of a repository", base::printable(path)),
        only_capitals ? "names of repositories are written in small letters"
                      : "write it like registry.example/group/name:tag");
}

} // namespace

std::string ImageName::repository() const {
    return registry.empty() ? path : registry + "/" + path;
}

std::string ImageName::effective_tag() const {
    return tag.empty() && !digest ? "latest" : tag;
}

std::string to_string(const ImageName& name) {
    const std::string tag = name.effective_tag();
    return name.repository() + (tag.empty() ? "" : ":" + tag) +
           (name.digest ? "@" + crypto::to_string(*name.digest) : "");
}

ImageName normalised(ImageName name) {
    if (name.registry == "index.docker.io" || name.registry == "registry-1.docker.io") {
        name.registry = docker_hub;
    }
    if (name.registry == docker_hub && name.path.find('/') == std::string::npos) {
        name.path = "library/" + name.path;
    }
    return name;
}

ImageName parse_short_or_full_name(std::string_view text) {
    ImageName name;
    std::string_view rest = text;
    const std::size_t at = rest.find('@');
    if (at != std::string_view::npos) {
        name.digest = crypto::parse_digest(rest.substr(at + 1));
        if (!name.digest) {
            refuse(
                text,
                fmt::format("\"{}\" is no digest", base::printable(rest.substr(at + 1))),
                "a digest is \"sha256:\" and 64 hexadecimal digits");
        }
        rest = rest.substr(0, at);
    }
    const std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos && looks_like_registry(rest.substr(0, slash))) {
        name.registry = rest.substr(0, slash);
        rest.remove_prefix(slash + 1);
        if (!is_registry(name.registry)) {
            refuse(
                text,
                fmt::format("\"{}\" is no host of a registry", base::printable(name.registry)));
        }
    }
    const std::size_t colon = rest.find(':');
    if (colon != std::string_view::npos) {
        name.tag = rest.substr(colon + 1);
        rest = rest.substr(0, colon);
        if (!is_tag(name.tag)) {
            refuse(text, fmt::format("\"{}\" is no tag", base::printable(name.tag)));
        }
    }
    if (rest.empty()) {
        refuse(text, "it names no repository", "write it like registry.example/group/name:tag");
    }
    check_path(rest, text);
    name.path = rest;
    if (name.repository().size() > longest_repository) {
        refuse(text, fmt::format("its name is longer than {} characters", longest_repository));
    }
    if (name.registry.empty() && crypto::Digest::from_hex(name.path)) {
        refuse(text, "this is the id of a local image, which no registry knows");
    }
    return normalised(std::move(name));
}

ImageName parse_image_name(std::string_view text) {
    ImageName name = parse_short_or_full_name(text);
    if (name.registry.empty()) {
        name.registry = docker_hub;
    }
    return normalised(std::move(name));
}

} // namespace imgbuild::naming
