// SPDX-License-Identifier: Apache-2.0
#include "oci/registry_fault.hpp"

#include "base/text.hpp"
#include "json/fields.hpp"
#include "net/response_head.hpp"

#include <fmt/format.h>

namespace imgbuild::oci {

namespace {

constexpr std::size_t longest_words = 300;

/// A member as text, "" if it is missing or anything else.
std::string lax_text(const json::Value& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string one_error(const json::Value& error) {
    if (!error.is_object()) {
        return "";
    }
    const std::string code = lax_text(error, "code");
    const std::string message = lax_text(error, "message");
    if (message.empty() || code.empty()) {
        return message + code;
    }
    return message + " (" + code + ")";
}

std::string hint_for(
    const net::TransferError& fault, const std::string& registry, const std::string& login_origin) {
    switch (fault.failure()) {
    case net::TransferFailure::unauthorized:
    case net::TransferFailure::forbidden:
        if (login_origin.empty()) {
            return fmt::format(
                "there may be no such image, or it needs a login: podman login {}, or --authfile",
                registry);
        }
        return fmt::format(
            "there may be no such image, or the login for {} from {} is wrong or not allowed to "
            "pull it",
            registry,
            login_origin);
    case net::TransferFailure::not_found:
        return "check the name and the tag";
    case net::TransferFailure::server_fault:
        return fault.status() == 429
                   ? "the registry limits how much may be pulled: log in, wait, or "
                     "set up a mirror in registries.conf"
                   : "";
    case net::TransferFailure::unreachable:
    case net::TransferFailure::timed_out:
        return "if this machine reaches it only through a proxy, set http_proxy and https_proxy or "
               "give --proxy; registries.conf can name a mirror";
    default:
        return fault.hint();
    }
}

} // namespace

std::string registry_words(const std::string& body) {
    json::Value document;
    try {
        document = json::parse(body, "answer");
    } catch (const base::Error&) {
        return "";
    }
    if (!document.is_object()) {
        return "";
    }
    std::vector<std::string> words;
    const auto errors = document.find("errors");
    if (errors != document.end() && errors->is_array()) {
        for (const json::Value& error : *errors) {
            words.push_back(one_error(error));
        }
    }
    // Token servers have forms of their own.
    for (const char* const key : {"error_description", "details", "message", "error"}) {
        if (words.empty() && !lax_text(document, key).empty()) {
            words.push_back(lax_text(document, key));
        }
    }
    std::string text = base::printable(base::join(words, "; "));
    if (text.size() > longest_words) {
        text = base::printable(text.substr(0, longest_words)) + "…";
    }
    return text;
}

base::Error explain_fault(
    const net::TransferError& fault, const std::string& registry, const std::string& login_origin) {
    const std::string words = registry_words(fault.refusal().body);
    std::string message = fault.message();
    if (fault.status() != 0 && !words.empty()) {
        const std::string status = std::string(net::status_words(fault.status()));
        message = fmt::format(
            "{}: {}{}: {}", fault.url(), fault.status(), status.empty() ? "" : " " + status, words);
    }
    base::Error error(message, fault.exit_code());
    error.set_hint(hint_for(fault, registry, login_origin));
    return error;
}

} // namespace imgbuild::oci
