// SPDX-License-Identifier: Apache-2.0
#include "build/stages/accounts_stage.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "build/accounts.hpp"
#include "build/script_environment.hpp"
#include "root/sandbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <string_view>

namespace imgbuild::build {

namespace {

constexpr std::int64_t seconds_a_day = 86400;

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
    root.rewrite(path, text, {0644, 0, 0});
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
    if (!root.exists("etc/skel")) {
        return;
    }
    for (const std::string& name : root.list("etc/skel")) {
        const std::string from = "etc/skel/" + name;
        const std::string to = home.path + "/" + name;
        const auto status = root.status(from);
        if (status && S_ISREG(status->st_mode)) {
            root.write(
                to,
                root.read(from),
                {static_cast<std::uint32_t>(status->st_mode & 07777U), home.uid, home.gid});
        } else if (status && S_ISLNK(status->st_mode)) {
            root.make_symlink(to, root.read_link(from), home.uid, home.gid);
        }
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
    root.rewrite("etc/shadow", files.shadow, {0600, 0, 0});
    // These belong to programs that may not be installed.
    const auto rewrite_existing = [&](const char* path, const std::string& content) {
        if (root.exists(path)) {
            root.rewrite(path, content, {0644, 0, 0});
        }
    };
    rewrite_existing("etc/gshadow", files.gshadow);
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
    for (const std::string_view name : base::split(names, ',')) {
        locales.push_back(name == "POSIX" ? std::string(name) : fmt::format("{}.UTF-8", name));
    }
    const bool needs_generating = locales.front() != "POSIX" && locales.front() != "C.UTF-8";
    if (needs_generating && root.target_status("usr/sbin/locale-gen")) {
        std::string wanted = root.try_read("etc/locale.gen").value_or("");
        for (const std::string& locale : locales) {
            wanted += fmt::format("{} UTF-8\n", locale);
        }
        root.rewrite("etc/locale.gen", wanted, {0644, 0, 0});
        run_in_root(stage, {"locale-gen"}, "generating the locales");
    } else if (needs_generating) {
        stage.context.reporter.message(
            base::LogLevel::warning,
            fmt::format(
                "the locale {} is set but can't be generated: the image lacks the package locales",
                locales.front()));
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
