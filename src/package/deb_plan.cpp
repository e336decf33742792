// SPDX-License-Identifier: Apache-2.0
#include "package/deb_plan.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <optional>

namespace imgbuild::package {
namespace {

base::Error plan_error(std::string_view line) {
    return base::Error(
        fmt::format("apt-get printed what imgbuild can't follow: '{}'", base::printable(line)),
        base::ExitCode::fetch);
}

/// apt writes characters that can't stand in a file name as %xx.
std::string quote(std::string_view text, std::string_view bad) {
    std::string quoted;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte <= 0x20 || byte >= 0x7f || character == '%' ||
            bad.find(character) != std::string_view::npos) {
            quoted += fmt::format("%{:02x}", byte);
        } else {
            quoted += character;
        }
    }
    return quoted;
}

std::string unquote(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const std::size_t high = digits.find(text[i + 1]);
            const std::size_t low = digits.find(text[i + 2]);
            if (high != std::string_view::npos && low != std::string_view::npos) {
                plain += static_cast<char>(high * 16 + low);
                i += 2;
                continue;
            }
        }
        plain += text[i];
    }
    return plain;
}

/// "/path/name_version_arch.deb", each part quoted.
std::optional<PlannedPackage> package_of_archive(std::string_view path) {
    const std::string_view file = path.substr(path.rfind('/') + 1);
    const std::vector<std::string_view> parts = base::split(file, '_');
    if (parts.size() != 3 || !parts[2].ends_with(".deb")) {
        return std::nullopt;
    }
    const std::string_view architecture = parts[2].substr(0, parts[2].size() - 4);
    return PlannedPackage{unquote(parts[0]), unquote(parts[1]), unquote(architecture)};
}

/// "name:arch"
std::optional<PlannedPackage> package_of_configuration(std::string_view word) {
    const std::size_t colon = word.find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    return PlannedPackage{
        std::string(word.substr(0, colon)), {}, std::string(word.substr(colon + 1))};
}

/// Reads "dpkg --status-fd 9 --no-triggers --unpack --auto-deconfigure FILE …".
PlannedCall parse_call(std::string_view line) {
    PlannedCall call;
    std::optional<PlannedCall::Action> action;
    bool pending = false;
    const std::vector<std::string_view> words = base::split_words(line);
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (word == "--status-fd") {
            ++i;
        } else if (word == "--unpack") {
            action = PlannedCall::Action::unpack;
        } else if (word == "--configure") {
            action = PlannedCall::Action::configure;
        } else if (word == "--pending") {
            pending = true;
        } else if (word == "--no-triggers" || word == "--auto-deconfigure") {
            // The installer gives these itself.
        } else if (word.starts_with("-") || !action) {
            throw plan_error(line);
        } else {
            const std::optional<PlannedPackage> package = *action == PlannedCall::Action::unpack
                                                              ? package_of_archive(word)
                                                              : package_of_configuration(word);
            if (!package) {
                throw plan_error(line);
            }
            call.packages.push_back(*package);
        }
    }
    if (!action || call.packages.empty() != pending) {
        throw plan_error(line);
    }
    call.action = *action;
    return call;
}

} // namespace

std::vector<PlannedPackage> parse_simulation(std::string_view output) {
    std::vector<PlannedPackage> packages;
    for (const std::string_view line : base::split_lines(output)) {
        if (!line.starts_with("Inst ")) {
            continue;
        }
        // "Inst NAME[:ARCH] (VERSION LABEL:VERSION/SUITE [ARCH]) [what is broken meanwhile]"
        const std::vector<std::string_view> words = base::split_words(line);
        const std::size_t open = line.find('(');
        const std::size_t close = line.find(')', open);
        if (words.size() < 3 || open == std::string_view::npos || close == std::string_view::npos) {
            throw plan_error(line);
        }
        const std::string_view inside = line.substr(open + 1, close - open - 1);
        const std::size_t architecture = inside.rfind('[');
        if (architecture == std::string_view::npos || !inside.ends_with(']')) {
            throw plan_error(line);
        }
        packages.push_back(PlannedPackage{
            std::string(words[1].substr(0, words[1].find(':'))),
            std::string(inside.substr(0, inside.find(' '))),
            std::string(inside.substr(architecture + 1, inside.size() - architecture - 2)),
        });
    }
    return packages;
}

std::vector<std::string> parse_removals(std::string_view output) {
    std::vector<std::string> names;
    for (const std::string_view line : base::split_lines(output)) {
        const std::vector<std::string_view> words = base::split_words(line);
        if (words.size() >= 2 && (words[0] == "Remv" || words[0] == "Purg")) {
            names.emplace_back(words[1]);
        }
    }
    return names;
}

std::vector<PlannedCall> parse_dpkg_calls(std::string_view output) {
    std::vector<PlannedCall> calls;
    for (const std::string_view line : base::split_lines(output)) {
        const std::string_view program = line.substr(0, line.find(' '));
        if (program.starts_with('/') && line.find(" --status-fd ") != std::string_view::npos) {
            calls.push_back(parse_call(line));
        }
    }
    return calls;
}

std::string archive_file_name(const PlannedPackage& package) {
    return fmt::format(
        "{}_{}_{}.deb",
        quote(package.name, "_:"),
        quote(package.version, "_:"),
        quote(package.architecture, "_:."));
}

} // namespace imgbuild::package
