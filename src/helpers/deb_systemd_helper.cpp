// SPDX-License-Identifier: Apache-2.0
#include "helpers/deb_systemd_helper.hpp"

#include "helpers/files.hpp"
#include "helpers/leave_to_original.hpp"
#include "helpers/run.hpp"
#include "helpers/text.hpp"
#include "helpers/unit_links.hpp"

#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace imgbuild::helpers {

namespace {

struct Call {
    std::string instance = "system";
    bool is_quiet = false;
    std::string action;
    std::vector<std::string> units;
};

Call read_call(const std::vector<std::string>& arguments) {
    for (const char* const name :
         {"DPKG_ROOT",
          "PERL5LIB",
          "PERL5OPT",
          "POSIXLY_CORRECT",
          "_DEB_SYSTEMD_HELPER_DEBUG",
          "_DEB_SYSTEMD_HELPER_PURGE"}) {
        require(!has_environment(name));
    }
    require(has_environment("DPKG_MAINTSCRIPT_PACKAGE"));
    // A running systemd would have to be told.
    require(!is_directory("/run/systemd/system"));
    Call call;
    for (const std::string& argument : arguments) {
        if (argument == "--quiet") {
            call.is_quiet = true;
        } else if (argument == "--user" || argument == "--system") {
            call.instance = argument.substr(2);
        } else if (call.action.empty()) {
            call.action = argument;
        } else {
            require(is_unit_name(argument));
            call.units.push_back(argument);
        }
    }
    return call;
}

/// One unit of a call.
class Unit {
public:
    Unit(const Call& call, const std::string& name)
        : call_(call)
        , name_(name)
        , states_(
              call.instance == "user" ? "/var/lib/systemd/deb-systemd-user-helper"
                                      : "/var/lib/systemd/deb-systemd-helper")
        , state_file_(states_ + "-enabled/" + name + ".dsh-also") {}

    bool is_known() const { return is_file(state_file_); }

    bool was_enabled() const {
        const std::vector<std::string> paths = recorded();
        return std::all_of(paths.begin(), paths.end(), is_link);
    }

    bool is_enabled() const {
        const std::vector<UnitLink> links = unit_links(call_.instance, name_);
        return std::all_of(
            links.begin(), links.end(), [](const UnitLink& link) { return is_link(link.path); });
    }

    void enable() const;
    void update_state() const;
    void unmask() const;

private:
    std::vector<std::string> recorded() const;
    void write_state(const std::vector<std::string>& paths) const;

    const Call& call_;
    const std::string& name_;
    std::string states_;
    std::string state_file_;
};

/// The links that the state file knows.
std::vector<std::string> Unit::recorded() const {
    std::vector<std::string> paths;
    const std::string text = read_text(state_file_).value_or("");
    require(text.empty() || text.back() == '\n');
    for (const std::string_view line : split_lines(text)) {
        paths.emplace_back(line);
    }
    return paths;
}

void Unit::write_state(const std::vector<std::string>& paths) const {
    std::string text;
    for (const std::string& path : paths) {
        text += path + "\n";
    }
    make_path(directory_of(state_file_));
    replace_file(state_file_, ".state", ".tmp", text);
}

void Unit::update_state() const {
    std::vector<std::string> paths;
    for (const UnitLink& link : unit_links(call_.instance, name_)) {
        paths.push_back(link.path);
    }
    write_state(paths);
}

void Unit::enable() const {
    std::vector<UnitLink> links = unit_links(call_.instance, name_);
    std::vector<std::string> paths = recorded();
    bool makes_links = true;
    if (is_executable("/bin/systemctl") || is_executable("/usr/bin/systemctl")) {
        makes_links =
            is_known() && std::any_of(links.begin(), links.end(), [](const UnitLink& link) {
                return is_link(link.path);
            });
        if (!is_known()) {
            require(
                run(
                    {"systemctl",
                     "--root=/",
                     call_.instance == "user" ? "--global" : "--system",
                     "--preset-mode=enable-only",
                     "preset",
                     name_}) == 0);
            // It may have made names by which units name each other.
            links = unit_links(call_.instance, name_);
        }
    }
    const std::string directory = "/etc/systemd/" + call_.instance;
    for (const UnitLink& link : links) {
        if (std::find(paths.begin(), paths.end(), link.path) == paths.end()) {
            paths.push_back(link.path);
        }
        const std::string state = states_ + "-enabled" + link.path.substr(directory.size());
        if (exists(state)) {
            continue;
        }
        if (makes_links && !is_link(link.path)) {
            make_path(directory_of(link.path));
            make_link(link.target, link.path);
        }
        make_path(directory_of(state));
        touch(state);
    }
    if (!links.empty()) {
        write_state(paths);
    }
}

void Unit::unmask() const {
    const std::string link = "/etc/systemd/" + call_.instance + "/" + name_;
    if (exists(link) && link_target(link) == "/dev/null") {
        const std::string state = states_ + "-masked/" + name_;
        if (exists(state)) {
            remove_file(link);
            remove_file(state);
        }
    }
    // Of both instances, whichever it is.
    remove_empty_directories("/var/lib/systemd/deb-systemd-helper-masked");
    remove_empty_directories("/var/lib/systemd/deb-systemd-user-helper-masked");
}

} // namespace

int deb_systemd_helper(const std::vector<std::string>& arguments) {
    const Call call = read_call(arguments);
    const bool changes =
        call.action == "enable" || call.action == "update-state" || call.action == "unmask";
    const bool asks = call.action == "was-enabled" || call.action == "is-enabled";
    require(changes || asks || call.action == "debian-installed");
    // Another one might turn out to be unusual when the first has been dealt with.
    require(call.units.size() == 1);
    const Unit unit(call, call.units.front());
    if (changes) {
        call.action == "enable"   ? unit.enable()
        : call.action == "unmask" ? unit.unmask()
                                  : unit.update_state();
        return 0;
    }
    const bool is_true = !asks                         ? unit.is_known()
                         : call.action == "is-enabled" ? unit.is_enabled()
                                                       : unit.was_enabled();
    if (asks && !call.is_quiet) {
        print(STDERR_FILENO, is_true ? "enabled\n" : "disabled\n");
    }
    return is_true ? 0 : 1;
}

} // namespace imgbuild::helpers
