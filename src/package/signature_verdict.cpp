// SPDX-License-Identifier: Apache-2.0
#include "package/signature_verdict.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace imgbuild::package {
namespace {

base::Error signature_error(const std::string& name, const std::string& message) {
    return base::Error(fmt::format("{}: {}", name, message), base::ExitCode::fetch);
}

std::string list(const std::vector<std::string>& names) {
    return base::join(names, ", ");
}

} // namespace

void throw_unsigned(const std::string& name) {
    throw signature_error(name, "there is no signature for it")
        .set_hint("a repository that is not signed can only be used with "
                  "repository_gpgcheck=\"false\"");
}

void SignatureVerdict::read(std::string_view line) {
    static constexpr std::string_view mark = "[GNUPG:] ";
    if (!line.starts_with(mark)) {
        return;
    }
    const std::vector<std::string_view> words = base::split_words(line.substr(mark.size()));
    if (words.empty()) {
        return;
    }
    const std::string_view what = words[0];
    const std::string key(words.size() > 1 ? words[1] : "");
    if (what == "PLAINTEXT") {
        ++texts_;
    } else if (what == "NEWSIG") {
        any_ = true;
    } else if (what == "GOODSIG") {
        good_.push_back(key);
    } else if (what == "BADSIG") {
        bad_.push_back("the signature by key " + key + " does not fit the text");
    } else if (what == "NO_PUBKEY") {
        unknown_.push_back(key);
    } else if (what == "EXPKEYSIG") {
        bad_.push_back("the key " + key + " has expired");
    } else if (what == "EXPSIG") {
        bad_.push_back("the signature by key " + key + " has expired");
    } else if (what == "REVKEYSIG") {
        bad_.push_back("the key " + key + " was revoked");
    } else if (what == "VALIDSIG" && words.size() > 8) {
        // MD5, SHA-1 and RIPEMD-160: signatures over such sums can be forged.
        static constexpr std::array<std::string_view, 3> broken = {"1", "2", "3"};
        if (std::find(broken.begin(), broken.end(), words[8]) != broken.end() && !good_.empty()) {
            weak_.push_back(good_.back());
            good_.pop_back();
        }
    }
}

void SignatureVerdict::require_good(const std::string& name) const {
    static const std::string hint =
        "if the key that signs this repository has changed, get the new one from its owner and "
        "name it in <signing key=\"…\"/> of the repository's <source>";
    static const std::string changed_hint =
        "the file was changed after it was signed, or damaged on its way: try again later, or use "
        "another mirror; if it stays so, tell the mirror's owner";
    // More than one signed text in a file would leave open which of them is meant.
    if (!any_ || texts_ > 1) {
        throw_unsigned(name);
    }
    const bool any_misfit = std::any_of(bad_.begin(), bad_.end(), [](const std::string& text) {
        return text.ends_with("does not fit the text");
    });
    if (!good_.empty() && !any_misfit) {
        return;
    }
    if (!bad_.empty()) {
        throw signature_error(name, list(bad_)).set_hint(any_misfit ? changed_hint : hint);
    }
    if (!weak_.empty()) {
        throw signature_error(
            name, fmt::format("the signature by key {} uses a broken digest", list(weak_)))
            .set_hint("ask the owner of the repository to sign it with SHA-256 or better");
    }
    throw signature_error(
        name,
        unknown_.empty() ? "its signature can't be checked"
                         : fmt::format(
                               "it is signed by {} {}, {} not among the keys of the description",
                               unknown_.size() == 1 ? "key" : "keys",
                               list(unknown_),
                               unknown_.size() == 1 ? "which is" : "which are"))
        .set_hint(hint);
}

} // namespace imgbuild::package
