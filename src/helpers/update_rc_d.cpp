// SPDX-License-Identifier: Apache-2.0
#include "helpers/update_rc_d.hpp"

#include "helpers/files.hpp"
#include "helpers/leave_to_original.hpp"
#include "helpers/run.hpp"
#include "helpers/text.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace imgbuild::helpers {

namespace {

struct Runlevels {
    std::vector<std::string> start;
    std::vector<std::string> stop;
};

bool is_script_name(std::string_view text) {
    return !text.empty() && text.front() != '-' && text.front() != '.' &&
           std::all_of(text.begin(), text.end(), [](unsigned char character) {
               return std::isalnum(character) != 0 ||
                      std::string_view("._+-").find(static_cast<char>(character)) !=
                          std::string_view::npos;
           });
}

/// The names behind "# Default-Start:". They become parts of paths.
void read_levels(std::string_view value, std::vector<std::string>& levels) {
    levels.clear();
    for (const std::string_view level : split_words(value)) {
        require(level.size() == 1 && std::isalnum(static_cast<unsigned char>(level.front())) != 0);
        levels.emplace_back(level);
    }
}

Runlevels default_levels(const std::string& script) {
    const auto text = read_text(script);
    require(text && text->find('\r') == std::string::npos);
    Runlevels levels;
    bool is_header = false;
    for (std::string_view line : split_lines(*text)) {
        line = line.substr(0, line.find_last_not_of(blanks) + 1);
        constexpr std::string_view start = "# Default-Start:";
        constexpr std::string_view stop = "# Default-Stop:";
        if (line == "### BEGIN INIT INFO") {
            is_header = true;
        } else if (line == "### END INIT INFO") {
            break;
        } else if (is_header && line.starts_with(start)) {
            read_levels(line.substr(start.size()), levels.start);
        } else if (is_header && line.starts_with(stop)) {
            read_levels(line.substr(stop.size()), levels.stop);
        }
    }
    return levels;
}

/// "S01ssh" of "ssh".
bool is_link_of(std::string_view name, std::string_view script) {
    return name.size() == 3 + script.size() && name.ends_with(script) &&
           (name[0] == 'S' || name[0] == 'K') &&
           std::isdigit(static_cast<unsigned char>(name[1])) != 0 &&
           std::isdigit(static_cast<unsigned char>(name[2])) != 0;
}

/// Whoever has links in any runlevel keeps them.
bool has_links(const std::string& script) {
    for (const std::string& directory : names_in("/etc")) {
        if (directory.size() == 5 && directory.starts_with("rc") && directory.ends_with(".d")) {
            const std::vector<std::string> names = names_in("/etc/" + directory);
            if (std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                    return is_link_of(name, script);
                })) {
                return true;
            }
        }
    }
    return false;
}

void make_links(
    const std::vector<std::string>& levels, const std::string& start, const std::string& script) {
    for (const std::string& level : levels) {
        const std::string directory = "/etc/rc" + level + ".d";
        (void)::mkdir(directory.c_str(), 0755);
        const std::string target = "../init.d/" + script;
        const std::string path = directory + "/" + start + script;
        if (!is_link(path)) {
            make_link(target, path);
        }
    }
}

} // namespace

int update_rc_d(const std::vector<std::string>& arguments) {
    require(!has_environment("DPKG_ROOT") && !has_environment("PERL5LIB"));
    require(!has_environment("PERL5OPT"));
    require(arguments.size() == 2 && is_script_name(arguments[0]));
    require(arguments[1] == "defaults" || arguments[1] == "defaults-disabled");
    require(!is_executable("/sbin/insserv") && !is_executable("/usr/lib/insserv/insserv"));
    require(!is_executable("/sbin/openrc") && !is_directory("/run/systemd/system"));
    const std::string& script = arguments[0];
    if (has_links(script)) {
        return 0;
    }
    const Runlevels levels = default_levels("/etc/init.d/" + script);
    make_links(levels.start, arguments[1] == "defaults" ? "S01" : "K01", script);
    make_links(levels.stop, "K01", script);
    return 0;
}

} // namespace imgbuild::helpers
