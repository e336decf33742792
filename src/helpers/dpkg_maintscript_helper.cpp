// SPDX-License-Identifier: Apache-2.0
#include "helpers/dpkg_maintscript_helper.hpp"

#include "helpers/files.hpp"
#include "helpers/leave_to_original.hpp"
#include "helpers/run.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace imgbuild::helpers {

namespace {

struct Call {
    std::string command;
    /// What stands before "--".
    std::vector<std::string> parameters;
    /// What dpkg gave the script: "install", "configure" and a former version.
    std::string action;
    std::string former_version;
};

Call read_call(const std::vector<std::string>& arguments) {
    for (const char* const name : {"DPKG_DATADIR", "DPKG_DEBUG", "DPKG_ROOT"}) {
        require(!has_environment(name));
    }
    require(
        has_environment("DPKG_MAINTSCRIPT_NAME") && has_environment("DPKG_MAINTSCRIPT_PACKAGE"));
    require(!arguments.empty());
    Call call;
    call.command = arguments.front();
    const auto separator = std::find(arguments.begin(), arguments.end(), "--");
    require(separator != arguments.begin());
    call.parameters.assign(arguments.begin() + 1, separator);
    const auto action = separator == arguments.end() ? separator : separator + 1;
    if (action != arguments.end()) {
        call.action = *action;
        call.former_version = action + 1 == arguments.end() ? "" : *(action + 1);
    }
    return call;
}

/// Whether dpkg takes this for a version; of others it may, too.
bool is_surely_version(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
        if (colon == 0 || colon > 3 ||
            text.substr(0, colon).find_first_not_of("0123456789") != std::string_view::npos) {
            return false;
        }
        text.remove_prefix(colon + 1);
    }
    constexpr std::string_view digits = "0123456789";
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+~-";
    return !text.empty() && digits.find(text.front()) != std::string_view::npos &&
           text.back() != '-' && text.find_first_not_of(allowed) == std::string_view::npos;
}

/// @param paths how many parameters there are before version and package.
void require_valid(const Call& call, std::size_t paths) {
    const std::vector<std::string>& parameters = call.parameters;
    require(parameters.size() >= paths && parameters.size() <= paths + 2 && !call.action.empty());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        require(!parameters[i].empty() || i == paths);
    }
    if (parameters.size() > paths && !parameters[paths].empty()) {
        require(is_surely_version(parameters[paths]));
    }
    require(parameters[0].starts_with('/') && !parameters[0].ends_with('/'));
}

} // namespace

int dpkg_maintscript_helper(const std::vector<std::string>& arguments) {
    const Call call = read_call(arguments);
    const std::string_view script = ::getenv("DPKG_MAINTSCRIPT_NAME");
    const bool moves_file = call.command == "mv_conffile";
    if (moves_file || call.command == "rm_conffile") {
        require_valid(call, moves_file ? 2 : 1);
        require(!moves_file || call.parameters[1].starts_with('/'));
        require(script == "preinst" || script == "postinst");
        require(call.former_version.empty());
        return 0;
    }
    require(call.command == "symlink_to_dir" || call.command == "dir_to_symlink");
    require_valid(call, 2);
    if (script == "preinst") {
        require(call.former_version.empty());
    } else {
        const std::string backup = call.parameters[0] + ".dpkg-backup";
        require(script == "postinst" && !exists(backup) && !is_link(backup));
    }
    return 0;
}

} // namespace imgbuild::helpers
