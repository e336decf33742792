// SPDX-License-Identifier: Apache-2.0
#include "config/policy.hpp"

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "json/fields.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>

namespace imgbuild::config {

namespace {

constexpr std::size_t size_limit = std::size_t{4} << 20U;

/// A misspelt word must not let in what the policy was to keep out.
void allow_only(
    const json::Value& object, const std::string& where, const std::set<std::string_view>& names) {
    json::require_object(object, where);
    for (const auto& [name, value] : object.items()) {
        if (!names.contains(name)) {
            throw base::Error(
                fmt::format("{}: \"{}\" means nothing here", where, base::printable(name)));
        }
    }
}

SignedIdentity read_identity(const json::Value& value, const std::string& where) {
    using Kind = SignedIdentity::Kind;
    const std::map<std::string, Kind> kinds = {
        {"matchExact", Kind::match_exact},
        {"matchRepoDigestOrExact", Kind::match_repo_digest_or_exact},
        {"matchRepository", Kind::match_repository},
        {"exactReference", Kind::exact_reference},
        {"exactRepository", Kind::exact_repository},
        {"remapIdentity", Kind::remap_identity},
    };
    allow_only(
        value, where, {"type", "dockerReference", "dockerRepository", "prefix", "signedPrefix"});
    const std::string type = json::text_member(value, "type", where);
    const auto kind = kinds.find(type);
    if (kind == kinds.end()) {
        throw base::Error(
            fmt::format("{}: \"{}\" is no kind of identity", where, base::printable(type)));
    }
    SignedIdentity identity;
    identity.kind = kind->second;
    identity.reference = json::text_member(value, "dockerReference", where) +
                         json::text_member(value, "dockerRepository", where);
    identity.prefix = json::text_member(value, "prefix", where);
    identity.signed_prefix = json::text_member(value, "signedPrefix", where);
    return identity;
}

void read_keys(PolicyRequirement& requirement, const json::Value& value, const std::string& where) {
    requirement.key_files = json::text_list_member(value, "keyPaths", where);
    const std::string file = json::text_member(value, "keyPath", where);
    if (!file.empty()) {
        requirement.key_files.push_back(file);
    }
    std::vector<std::string> encoded = json::text_list_member(value, "keyDatas", where);
    encoded.push_back(json::text_member(value, "keyData", where));
    for (const std::string& text : encoded) {
        std::optional<std::string> key = base::base64_decode(text);
        if (!key) {
            throw base::Error(where + ": \"keyData\" is not base64");
        }
        if (!key->empty()) {
            requirement.keys.push_back(std::move(*key));
        }
    }
}

PolicyRequirement read_requirement(const json::Value& value, const std::string& where) {
    using Kind = PolicyRequirement::Kind;
    PolicyRequirement requirement;
    requirement.name = json::text_member(value, "type", where);
    if (requirement.name == "insecureAcceptAnything") {
        allow_only(value, where, {"type"});
        requirement.kind = Kind::accept_anything;
        return requirement;
    }
    if (requirement.name == "reject") {
        allow_only(value, where, {"type"});
        return requirement;
    }
    requirement.kind = requirement.name == "signedBy"         ? Kind::signed_by
                       : requirement.name == "sigstoreSigned" ? Kind::sigstore_signed
                                                              : Kind::unknown;
    // What else a requirement may have belongs to kinds that can't be checked here, and refuse.
    if (requirement.kind == Kind::signed_by) {
        allow_only(
            value, where, {"type", "keyType", "keyPath", "keyPaths", "keyData", "signedIdentity"});
    } else if (requirement.kind == Kind::sigstore_signed) {
        allow_only(
            value,
            where,
            {"type",
             "keyPath",
             "keyPaths",
             "keyData",
             "keyDatas",
             "fulcio",
             "pki",
             "rekorPublicKeyPath",
             "rekorPublicKeyPaths",
             "rekorPublicKeyData",
             "rekorPublicKeyDatas",
             "signedIdentity"});
    }
    const std::string key_type = json::text_member(value, "keyType", where);
    if (requirement.kind == Kind::signed_by && key_type != "GPGKeys") {
        requirement.kind = Kind::unknown;
    }
    read_keys(requirement, value, where);
    const bool needs_key =
        requirement.kind == Kind::signed_by || requirement.kind == Kind::sigstore_signed;
    if (needs_key && requirement.key_files.empty() && requirement.keys.empty()) {
        // Such as the certificates of a public authority.
        requirement.kind = Kind::unknown;
    }
    if (const json::Value* const identity = json::find_member(value, "signedIdentity", where)) {
        requirement.identity = read_identity(*identity, where + ": signedIdentity");
    }
    return requirement;
}

std::vector<PolicyRequirement>
read_requirements(const json::Value& list, const std::string& where) {
    if (!list.is_array() || list.empty()) {
        throw base::Error(where + ": is no list of requirements");
    }
    std::vector<PolicyRequirement> requirements;
    for (const json::Value& value : list) {
        requirements.push_back(read_requirement(value, where));
    }
    return requirements;
}

} // namespace

Policy Policy::load(const Host& host, const std::string& file) {
    std::vector<std::string> places;
    if (!file.empty()) {
        if (!is_readable_file(file)) {
            throw base::UsageError(fmt::format("--policy: {} is no file that can be read", file));
        }
        places.push_back(file);
    } else {
        if (const auto home = host.home()) {
            places.push_back(base::join_path(*home, ".config/containers/policy.json"));
        }
        places.push_back(host.path("/etc/containers/policy.json"));
    }
    for (const std::string& place : places) {
        // One that exists and may not be read must not count as none.
        if (base::exists(place)) {
            return parse(base::read_file(place, size_limit), place);
        }
    }
    Policy policy;
    PolicyRequirement anything;
    anything.kind = PolicyRequirement::Kind::accept_anything;
    policy.default_ = {anything};
    return policy;
}

Policy Policy::parse(std::string_view text, const std::string& file) {
    try {
        const json::Value document = json::parse_once(text, file);
        allow_only(document, file, {"default", "transports"});
        const json::Value* const fallback = json::find_member(document, "default", file);
        if (fallback == nullptr) {
            throw base::Error(file + ": has no \"default\"");
        }
        Policy policy;
        policy.file_ = file;
        policy.default_ = read_requirements(*fallback, file + ": default");
        if (const json::Value* const transports = json::find_member(document, "transports", file)) {
            json::require_object(*transports, file + ": transports");
            for (const auto& [transport, scopes] : transports->items()) {
                const std::string where = file + ": transports: " + base::printable(transport);
                json::require_object(scopes, where);
                for (const auto& [scope, list] : scopes.items()) {
                    policy.transports_[transport][scope] =
                        read_requirements(list, where + ": \"" + base::printable(scope) + "\"");
                }
            }
        }
        return policy;
    } catch (base::Error& error) {
        error.set_exit_code(base::ExitCode::usage);
        throw;
    }
}

PolicyRule
Policy::find(const std::string& transport, const std::vector<std::string>& scopes) const {
    const auto known = transports_.find(transport);
    if (known != transports_.end()) {
        for (const std::string& scope : scopes) {
            const auto rule = known->second.find(scope);
            if (rule != known->second.end()) {
                return {rule->second, transport + " " + scope, file_};
            }
        }
        const auto rule = known->second.find("");
        if (rule != known->second.end()) {
            return {rule->second, transport, file_};
        }
    }
    return {default_, "default", file_};
}

} // namespace imgbuild::config
