// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * policy.json: whose images are let in.
 */
#pragma once

#include "config/host.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::config {

/// What a signature must call the image.
struct SignedIdentity {
    enum class Kind {
        match_exact,
        match_repo_digest_or_exact,
        match_repository,
        exact_reference,
        exact_repository,
        remap_identity,
    };

    Kind kind = Kind::match_repo_digest_or_exact;
    /// Of the exact ones: "registry.example/name:tag", "registry.example/name".
    std::string reference;
    /// Of remap_identity.
    std::string prefix;
    std::string signed_prefix;
};

struct PolicyRequirement {
    enum class Kind {
        accept_anything,
        reject,
        /// By GPG, "simple signing".
        signed_by,
        /// By a key of cosign.
        sigstore_signed,
        /// Something that this program can't check: nothing is let in.
        unknown,
    };

    Kind kind = Kind::reject;
    /// As the file calls it.
    std::string name;
    /// Files with keys, and keys that stand in the policy itself.
    std::vector<std::string> key_files;
    std::vector<std::string> keys;
    SignedIdentity identity;
};

/// What holds for one image: all of the requirements.
struct PolicyRule {
    std::vector<PolicyRequirement> requirements;
    /// "docker registry.example/group", "docker" or "default".
    std::string scope;
    /// The file that says so; "" if there is none, and anything is accepted.
    std::string file;
};

class Policy {
public:
    /// @param file --policy; "": the user's policy.json, else the system's; where there is none, anything
    ///        is accepted.
    /// @throws base::UsageError if the file can't be read or is no policy.
    static Policy load(const Host& host, const std::string& file);

    static Policy parse(std::string_view text, const std::string& file);

    /// @param transport "docker", "oci", "dir", "docker-archive", "oci-archive".
    /// @param scopes most specific first; the transport's own rule and the default come after them.
    PolicyRule find(const std::string& transport, const std::vector<std::string>& scopes) const;

private:
    using Requirements = std::vector<PolicyRequirement>;

    std::string file_;
    Requirements default_;
    std::map<std::string, std::map<std::string, Requirements>> transports_;
};

} // namespace imgbuild::config
