// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What reading manifests, indexes and configs has in common. For the .cpp files of oci/ alone.
 */
#pragma once

#include "base/error.hpp"
#include "oci/descriptor.hpp"

#include <string>
#include <string_view>

namespace imgbuild::oci {

/// @throws base::Error (exit code 3) "name: cause"; without a name: "cause".
[[noreturn]] void refuse_document(const std::string& name, const std::string& cause);

/// @throws base::Error (exit code 3) if `text` is larger than `document_limit`.
void check_document_size(std::string_view text, const std::string& name);

/// A digest as documents state it. @throws base::Error (exit code 3) if it is none or no SHA-256.
crypto::Digest require_digest(const std::string& text, const std::string& name);

/// Runs `action`; its errors (such as wrong JSON) get exit code 3: a document from outside is bad.
template <typename Action>
decltype(auto) reading_document(const Action& action) {
    try {
        return action();
    } catch (base::Error& error) {
        error.set_exit_code(base::ExitCode::fetch);
        throw;
    }
}

} // namespace imgbuild::oci
