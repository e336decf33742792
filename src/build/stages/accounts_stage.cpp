// SPDX-License-Identifier: Apache-2.0
#include "build/stages/accounts_stage.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "build/account_table.hpp"
#include "build/accounts.hpp"
#include "build/script_environment.hpp"
#include "root/sandbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <optional>
#include <string_view>

namespace imgbuild::build {

namespace {

/// Raise when the same wishes would be written to the files otherwise.
constexpr int accounts_version = 2;
constexpr std::int64_t seconds_a_day = 86400;

/// Where the file is that a process in the image would write: /etc/locale.conf may be a link.
std::string behind_links(const root::Root& root, std::string path) {
    constexpr int most_links = 40;
    for (int links = 0; links < most_links; ++links) {
        const auto status = root.status(path);
        if (!status || !S_ISLNK(status->st_mode)) {
            break;
        }
        const std::string target = root.read_link(path);
        path = target.starts_with('/') ? target : path.substr(0, path.rfind('/') + 1) + target;
    }
    return path;
}

/// Replaces the line that sets `name` in a file of NAME=VALUE lines, or adds one.
void set_variable(
    const root::Root& root,
    const std::string& path,
    std::string_view name,
    std::string_view value) {
    const std::string assignment = fmt::format("{}=", name);
    std::string text;
    bool found = false;
    const std::string before = root.try_read(path).value_or("");
    for (const std::string_view line : base::split_lines(before)) {
        const bool is_ours = line.substr(0, assignment.size()) == assignment;
        found = found || is_ours;
        text += is_ours ? assignment + std::string(value) : std::string(line);
        text += '\n';
    }
    if (!found) {
        text += fmt::format("{}{}\n", assignment, value);
    }
    root.rewrite(behind_links(root, path), text, {0644, 0, 0});
}

/// What is in a directory of the image, as a user's own.
void copy_for_user(
    const root::Root& root, const std::string& from, const std::string& to, const Home& home) {
    for (const std::string& name : root.list(from)) {
        const std::string source = from + "/" + name;
        const std::string target = to + "/" + name;
        const auto status = root.status(source);
        if (!status) {
            continue;
        }
        const root::Attributes attributes = {
            static_cast<std::uint32_t>(status->st_mode & 07777U), home.uid, home.gid};
        if (S_ISREG(status->st_mode)) {
            root.write(target, root.read(source), attributes);
        } else if (S_ISLNK(status->st_mode)) {
            root.make_symlink(target, root.read_link(source), home.uid, home.gid);
        } else if (S_ISDIR(status->st_mode)) {
            root.make_directory(target, attributes);
            copy_for_user(root, source, target, home);
        }
    }
}

/// In the image without tzdata, a missing /etc/localtime says the same.
bool is_utc(std::string_view zone) {
    return zone == "UTC" || zone == "Etc/UTC" || zone == "Zulu" || zone == "Etc/Zulu" ||
           zone == "Universal" || zone == "Etc/Universal";
}

void make_home(const root::Root& root, const Home& home) {
    if (home.path.empty() || home.path == "/" || root.exists(home.path)) {
        return;
    }
    const std::size_t slash = home.path.rfind('/');
    if (slash != std::string::npos && slash > 0) {
        root.make_directories(home.path.substr(0, slash), {0755, 0, 0});
    }
    root.make_directory(home.path, {home.mode, home.uid, home.gid});
    if (const auto skeleton = root.status("etc/skel"); skeleton && S_ISDIR(skeleton->st_mode)) {
        copy_for_user(root, "etc/skel", home.path, home);
    }
}

} // namespace

AccountsStage::AccountsStage(const Inputs& inputs)
    : inputs_(inputs) {}

bool AccountsStage::has_work(const Inputs& inputs) {
    const description::Request& request = inputs.request;
    return !request.users.empty() || !request.keytable.empty() || !request.locale.empty() ||
           !request.timezone.empty();
}

void AccountsStage::describe(KeyInputs& inputs) const {
    const description::Request& request = inputs_.request;
    inputs.add("version of accounts", accounts_version);
    inputs.add("days since 1970", inputs_.epoch / seconds_a_day);
    inputs.add("salts", request.name);
    for (const description::User& user : request.users) {
        inputs.add(
            fmt::format("user {}", user.name),
            fmt::format(
                "{}\n{}\n{}\n{}\n{}\n{}\n{}",
                // Only a digest: keys and their texts are kept in the store.
                crypto::sha256(user.password).hex(),
                user.password_is_plain ? "plain" : "encrypted",
                user.id ? std::to_string(*user.id) : "",
                base::join(user.groups, ","),
                user.home,
                user.shell,
                user.real_name));
    }
    inputs.add("keytable", request.keytable);
    inputs.add("locale", request.locale);
    inputs.add("timezone", request.timezone);
}

void AccountsStage::run(const StageContext& stage) {
    add_users(stage);
    set_keytable(stage);
    set_locale(stage);
    set_timezone(stage);
}

void AccountsStage::add_users(const StageContext& stage) const {
    if (inputs_.request.users.empty()) {
        return;
    }
    const root::Root& root = stage.root.root();
    const auto text = [&](const char* path) { return root.try_read(path).value_or(""); };
    AccountFiles files = {
        text("etc/passwd"),
        text("etc/shadow"),
        text("etc/group"),
        text("etc/gshadow"),
        text("etc/subuid"),
        text("etc/subgid"),
    };
    const std::vector<Home> homes = apply_users(
        files,
        inputs_.request.users,
        parse_account_defaults(text("etc/login.defs"), text("etc/default/useradd")),
        inputs_.request.name,
        inputs_.epoch / seconds_a_day);
    root.rewrite("etc/passwd", files.passwd, {0644, 0, 0});
    root.rewrite("etc/group", files.group, {0644, 0, 0});
    const AccountTable groups(files.group, 4);
    const AccountTable::Record* const readers = groups.find("shadow");
    const auto gid = readers == nullptr ? std::nullopt : base::parse_number(readers->at(2));
    const root::Attributes secret = {
        gid ? 0640U : 0600U, 0, static_cast<std::uint32_t>(gid.value_or(0))};
    root.rewrite("etc/shadow", files.shadow, secret);
    if (!files.gshadow.empty()) {
        root.rewrite("etc/gshadow", files.gshadow, secret);
    }
    // These belong to programs that may not be installed.
    const auto rewrite_existing = [&](const char* path, const std::string& content) {
        if (root.exists(path)) {
            root.rewrite(path, content, {0644, 0, 0});
        }
    };
    rewrite_existing("etc/subuid", files.subuid);
    rewrite_existing("etc/subgid", files.subgid);
    for (const Home& home : homes) {
        make_home(root, home);
    }
}

void AccountsStage::set_keytable(const StageContext& stage) const {
    const std::string& keytable = inputs_.request.keytable;
    if (keytable.empty()) {
        return;
    }
    const root::Root& root = stage.root.root();
    set_variable(root, "etc/vconsole.conf", "KEYMAP", keytable);
    if (root.exists("etc/default/keyboard")) {
        // console-setup wants X11's word: "us" of "us.map.gz" or of "us-acentos".
        const std::string layout = keytable.substr(0, keytable.find_first_of(".-"));
        set_variable(root, "etc/default/keyboard", "XKBLAYOUT", fmt::format("\"{}\"", layout));
    }
}

void AccountsStage::set_locale(const StageContext& stage) const {
    const std::string& names = inputs_.request.locale;
    if (names.empty()) {
        return;
    }
    const root::Root& root = stage.root.root();
    std::vector<std::string> locales;
    std::string lines;
    for (const std::string_view name : base::split(names, ',')) {
        const bool is_posix = name == "POSIX";
        locales.push_back(is_posix ? std::string(name) : fmt::format("{}.UTF-8", name));
        // The C library has these two without any file.
        if (!is_posix && name != "C") {
            lines += fmt::format("{} UTF-8\n", locales.back());
        }
    }
    if (!lines.empty() && root.target_status("usr/sbin/locale-gen")) {
        const std::string before = root.try_read("etc/locale.gen").value_or("");
        root.rewrite("etc/locale.gen", before + lines, {0644, 0, 0});
        run_in_root(stage, {"locale-gen"}, "generating the locales");
    } else if (!lines.empty()) {
        stage.context.reporter.message(
            base::LogLevel::warning,
            fmt::format(
                "the locale {} is set but can't be generated: the image lacks the package locales",
                lines.substr(0, lines.find(' '))));
    }
    root.make_directories("etc/default", {0755, 0, 0});
    set_variable(root, "etc/default/locale", "LANG", locales.front());
    set_variable(root, "etc/locale.conf", "LANG", locales.front());
}

void AccountsStage::set_timezone(const StageContext& stage) const {
    const std::string& zone = inputs_.request.timezone;
    if (zone.empty()) {
        return;
    }
    const root::Root& root = stage.root.root();
    const std::string file = "/usr/share/zoneinfo/" + zone;
    if (!root.target_status(file)) {
        if (is_utc(zone)) {
            return;
        }
        stage.context.reporter.message(
            base::LogLevel::warning,
            root.exists("usr/share/zoneinfo")
                ? fmt::format("the image knows no time zone {}", zone)
                : fmt::format(
                      "the time zone {} needs the package tzdata, which the image lacks", zone));
    }
    root.remove("etc/localtime");
    root.make_symlink("etc/localtime", file);
    root.rewrite("etc/timezone", zone + "\n", {0644, 0, 0});
}

} // namespace imgbuild::build
