// SPDX-License-Identifier: Apache-2.0
#include "oci/document_reader.hpp"

#include "base/text.hpp"
#include "oci/manifest.hpp"

#include <fmt/format.h>

namespace imgbuild::oci {

void refuse_document(const std::string& name, const std::string& cause) {
    throw base::Error(name.empty() ? cause : name + ": " + cause, base::ExitCode::fetch);
}

void check_document_size(std::string_view text, const std::string& name) {
    if (text.size() > document_limit) {
        refuse_document(
            name,
            fmt::format("is {} bytes, the most that is read is {}", text.size(), document_limit));
    }
}

crypto::Digest require_digest(const std::string& text, const std::string& name) {
    if (const auto digest = parse_digest(text)) {
        return *digest;
    }
    if (text.starts_with("sha512:") || text.starts_with("sha384:")) {
        refuse_document(name, "uses " + text.substr(0, 6) + " digests; imgbuild reads sha256 ones");
    }
    refuse_document(name, fmt::format("\"{}\" is no sha256 digest", base::printable(text)));
}

} // namespace imgbuild::oci
