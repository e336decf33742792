// SPDX-License-Identifier: Apache-2.0
#include "package/signature.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "package/host_tools.hpp"
#include "package/signature_verdict.hpp"
#include "process/process.hpp"

#include <unistd.h>

namespace imgbuild::package {
namespace {

constexpr std::string_view inline_start = "-----BEGIN PGP SIGNED MESSAGE-----";
constexpr std::string_view signature_start = "-----BEGIN PGP SIGNATURE-----";

/// A file that gpgv reads; removed after the check.
class ScratchFile {
public:
    ScratchFile(const std::string& directory, const std::string& name, std::string_view content)
        : path_(base::join_path(directory, name)) {
        base::replace_file(path_, content, 0600);
    }

    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;

    ~ScratchFile() { ::unlink(path_.c_str()); }

    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

} // namespace

SignatureChecker::SignatureChecker(std::string directory, const std::vector<std::string>& keys)
    : directory_(std::move(directory)) {
    require_host_tool("gpgv");
    keyring_ = base::join_path(directory_, "keyring.gpg");
    base::replace_file(keyring_, make_keyring(keys), 0600);
}

std::string SignatureChecker::run_gpgv(
    const std::vector<std::string>& files,
    const std::string& name,
    const base::Context& context) const {
    SignatureVerdict verdict;
    process::Command command;
    command.argv = {"gpgv", "--homedir", directory_, "--keyring", keyring_, "--status-fd", "2"};
    if (files.size() == 1) {
        command.argv.insert(command.argv.end(), {"--output", "-"});
    }
    command.argv.insert(command.argv.end(), files.begin(), files.end());
    command.on_line = [&verdict](std::string_view line) { verdict.read(line); };
    const process::Result result = process::run(command, context);
    verdict.require_good(name);
    return result.output;
}

std::string SignatureChecker::check_inline(
    std::string_view signed_text, const std::string& name, const base::Context& context) const {
    if (!signed_text.starts_with(inline_start)) {
        throw_unsigned(name);
    }
    const ScratchFile file(directory_, "InRelease", signed_text);
    return run_gpgv({file.path()}, name, context);
}

void SignatureChecker::check_detached(
    std::string_view text,
    std::string_view signature,
    const std::string& name,
    const base::Context& context) const {
    const ScratchFile signature_file(directory_, "Release.gpg", signature);
    const ScratchFile text_file(directory_, "Release", text);
    run_gpgv({signature_file.path(), text_file.path()}, name, context);
}

std::string strip_inline_signature(std::string_view signed_text) {
    if (!signed_text.starts_with(inline_start)) {
        return std::string(signed_text);
    }
    std::string text;
    bool in_header = true;
    for (const std::string_view line : base::split_lines(signed_text)) {
        if (in_header) {
            in_header = !base::trim(line).empty();
            continue;
        }
        if (line.starts_with(signature_start)) {
            break;
        }
        // A dash at a line's start was escaped by "- ".
        text += line.starts_with("- ") ? line.substr(2) : line;
        text += '\n';
    }
    return text;
}

} // namespace imgbuild::package
