// SPDX-License-Identifier: Apache-2.0
#include "oci/trust.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "crypto/public_key.hpp"
#include "oci/signature.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace imgbuild::oci {

namespace {

constexpr std::size_t key_limit = std::size_t{1} << 20U;

/// One check of one image against one requirement.
class Check {
public:
    Check(
        const config::PolicyRule& rule,
        const config::PolicyRequirement& requirement,
        const TrustSubject& subject,
        const PinnedImage& image)
        : rule_(rule)
        , requirement_(requirement)
        , subject_(subject)
        , digests_{image.manifest.digest} {
        if (image.index) {
            digests_.push_back(image.index->digest);
        }
    }

    const std::vector<crypto::Digest>& digests() const { return digests_; }

    [[noreturn]] void refuse(const std::string& cause) const {
        base::Error error(
            fmt::format("refused by {}, scope \"{}\": {}", rule_.file, rule_.scope, cause),
            base::ExitCode::fetch);
        error.set_details(found_);
        throw error;
    }

    std::vector<std::string> keys() const {
        std::vector<std::string> keys = requirement_.keys;
        for (const std::string& file : requirement_.key_files) {
            keys.push_back(base::with_context(
                [this] { return "a key of " + rule_.file; },
                [&file] { return base::read_file(file, key_limit); }));
        }
        return keys;
    }

    /// Whether what a good signature says is what is wanted; notes why not.
    bool accepts(const std::string& payload, const char* type, const crypto::Digest& digest) {
        try {
            const SignedClaim claim = parse_claim(payload, "signature");
            if (claim.type != type) {
                note(fmt::format("its type is \"{}\"", base::printable(claim.type)));
            } else if (claim.digest != digest) {
                note("it is for the image " + to_string(claim.digest));
            } else if (!identity_matches(requirement_.identity, claim.reference, subject_.name)) {
                note(fmt::format("it is for \"{}\"", base::printable(claim.reference)));
            } else {
                return true;
            }
        } catch (const base::Error& error) {
            note(error.what());
        }
        return false;
    }

    void note(const std::string& why) { found_.push_back("a signature does not count: " + why); }

private:
    const config::PolicyRule& rule_;
    const config::PolicyRequirement& requirement_;
    const TrustSubject& subject_;
    std::vector<crypto::Digest> digests_;
    std::vector<std::string> found_;
};

std::string check_simple(
    Check& check,
    const SignatureReader& signatures,
    const store::Store& store,
    const base::Context& context) {
    const std::string keyring = gpg_keyring(check.keys());
    const store::WorkDirectory work = store.make_work_directory();
    bool is_any = false;
    for (const crypto::Digest& digest : check.digests()) {
        for (const std::string& signature : signatures.simple(digest)) {
            is_any = true;
            const auto verdict = check_gpg(signature, keyring, work.path(), context);
            if (!verdict) {
                check.note("it is not made by one of the policy's keys");
            } else if (check.accepts(verdict->payload, simple_claim_type, digest)) {
                return "signed by the GPG key " + verdict->key;
            }
        }
    }
    check.refuse(is_any ? "no signature of it counts" : "it is not signed");
}

std::string check_sigstore(Check& check, const SignatureReader& signatures) {
    const std::vector<std::string> keys = check.keys();
    bool is_any = false;
    for (const crypto::Digest& digest : check.digests()) {
        for (const SigstoreSignature& one : signatures.sigstore(digest)) {
            is_any = true;
            const bool is_good = std::any_of(keys.begin(), keys.end(), [&one](const auto& key) {
                return crypto::verify_signature(key, one.payload, one.signature);
            });
            if (!is_good) {
                check.note("it is not made by one of the policy's keys");
            } else if (check.accepts(one.payload, sigstore_claim_type, digest)) {
                return "signed by a sigstore key";
            }
        }
    }
    check.refuse(is_any ? "no signature of it counts" : "it is not signed");
}

} // namespace

std::string check_trust(
    const config::Policy& policy,
    const TrustSubject& subject,
    const PinnedImage& image,
    const SignatureReader& signatures,
    const store::Store& store,
    const base::Context& context) {
    const config::PolicyRule rule = policy.find(subject.transport, subject.scopes);
    std::vector<std::string> reasons;
    for (const config::PolicyRequirement& requirement : rule.requirements) {
        Check check(rule, requirement, subject, image);
        switch (requirement.kind) {
        case config::PolicyRequirement::Kind::accept_anything:
            reasons.push_back(
                rule.file.empty()
                    ? "not checked: there is no policy.json"
                    : fmt::format(
                          "not checked: {} accepts anything (\"{}\")", rule.file, rule.scope));
            break;
        case config::PolicyRequirement::Kind::signed_by:
            reasons.push_back(check_simple(check, signatures, store, context));
            break;
        case config::PolicyRequirement::Kind::sigstore_signed:
            reasons.push_back(check_sigstore(check, signatures));
            break;
        case config::PolicyRequirement::Kind::unknown:
            check.refuse(fmt::format(
                "its requirement \"{}\" can't be checked", base::printable(requirement.name)));
        case config::PolicyRequirement::Kind::reject:
            check.refuse("it says \"reject\"");
        }
    }
    return base::join(reasons, "; ");
}

std::vector<std::string> registry_scopes(const naming::ImageName& name) {
    // A digest says which image it is: a tag beside it must not lead past the scope of that image.
    naming::ImageName identity = name;
    if (identity.digest) {
        identity.tag.clear();
    }
    std::vector<std::string> scopes = {to_string(identity)};
    std::string scope = name.repository();
    for (;;) {
        scopes.push_back(scope);
        const std::size_t slash = scope.rfind('/');
        if (slash == std::string::npos) {
            break;
        }
        scope.erase(slash);
    }
    std::string domain = name.registry.substr(0, name.registry.find(':'));
    for (std::size_t dot = domain.find('.'); dot != std::string::npos; dot = domain.find('.')) {
        domain.erase(0, dot + 1);
        scopes.push_back("*." + domain);
    }
    return scopes;
}

std::vector<std::string> path_scopes(const std::string& path, const std::string& wanted) {
    std::string scope = base::try_real_path(path).value_or(path);
    std::vector<std::string> scopes;
    if (!wanted.empty()) {
        scopes.push_back(scope + ":" + wanted);
    }
    while (!scope.empty()) {
        scopes.push_back(scope);
        scope.erase(std::min(scope.rfind('/'), scope.size()));
    }
    return scopes;
}

} // namespace imgbuild::oci
