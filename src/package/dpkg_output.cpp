// SPDX-License-Identifier: Apache-2.0
#include "package/dpkg_output.hpp"

#include "base/exit_status.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace imgbuild::package {
namespace {

/// "dpkg: error processing package NAME (--configure):"; of an archive it is its path.
std::optional<std::string> failed_package(std::string_view line) {
    static constexpr std::array<std::string_view, 2> starts = {
        "dpkg: error processing package ", "dpkg: error processing archive "};
    for (const std::string_view start : starts) {
        if (!line.starts_with(start)) {
            continue;
        }
        const std::string_view rest = line.substr(start.size());
        const std::string_view object = rest.substr(0, rest.find(' '));
        const std::string_view file = object.substr(object.rfind('/') + 1);
        return std::string(file.substr(0, file.find('_')));
    }
    return std::nullopt;
}

/// "installed NAME package post-installation script subprocess returned error exit status 1"
std::optional<std::string> failed_script(std::string_view reason) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> scripts = {{
        {"pre-installation script", "preinst"},
        {"post-installation script", "postinst"},
        {"pre-removal script", "prerm"},
        {"post-removal script", "postrm"},
    }};
    for (const auto& [words, script] : scripts) {
        const std::size_t place = reason.find(words);
        if (place == std::string_view::npos) {
            continue;
        }
        std::string_view how = base::trim(reason.substr(place + words.size()));
        if (how.starts_with("subprocess ")) {
            how.remove_prefix(11);
        }
        std::string text = fmt::format("its {} script {}", script, how);
        // dpkg knows a shell's status only, and that has the signal of its last command in it.
        const auto status = base::parse_number(how.substr(how.rfind(' ') + 1));
        const std::string signal =
            status && *status < 256 ? base::signal_of_status(static_cast<int>(*status)) : "";
        if (!signal.empty()) {
            text += ": its last command was killed by signal " + signal;
        }
        return text;
    }
    return std::nullopt;
}

} // namespace

bool DpkgOutput::read(std::string_view line) {
    if (line.find("No space left on device") != std::string_view::npos) {
        disk_full_ = true;
    }
    if (reason_follows_) {
        reason_ = base::printable(base::trim(line));
        reason_follows_ = false;
        return false;
    }
    if (package_.empty()) {
        if (std::optional<std::string> package = failed_package(line)) {
            package_ = base::printable(*package);
            reason_follows_ = true;
            return false;
        }
    }
    return line.starts_with("Unpacking ") || line.starts_with("Setting up ") ||
           line.starts_with("Removing ");
}

base::Error DpkgOutput::error(int status, const std::vector<std::string>& last_lines) const {
    std::string message;
    if (package_.empty()) {
        message = "dpkg " + base::exit_status_text(status);
    } else if (const auto script = failed_script(reason_)) {
        message = fmt::format("package {}: {}", package_, *script);
    } else {
        message = fmt::format("package {}: {}", package_, reason_);
    }
    base::Error error(
        std::move(message), disk_full_ ? base::ExitCode::system : base::ExitCode::script);
    std::vector<std::string> lines;
    lines.reserve(last_lines.size());
    for (const std::string& line : last_lines) {
        lines.push_back(base::printable(line));
    }
    error.set_details(std::move(lines));
    if (disk_full_) {
        error.set_hint("free some space where the store is, or name another place with --store");
    }
    return error;
}

} // namespace imgbuild::package
