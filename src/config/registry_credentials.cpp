// SPDX-License-Identifier: Apache-2.0
#include "config/registry_credentials.hpp"

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "json/fields.hpp"
#include "process/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgbuild::config {

namespace {

constexpr std::size_t size_limit = std::size_t{4} << 20U;

/// "https://index.docker.io/v1/" → "docker.io": how docker used to write a registry.
std::string registry_of_key(std::string key) {
    const std::size_t scheme = key.find("://");
    if (scheme != std::string::npos) {
        key.erase(0, scheme + 3);
        key.erase(std::min(key.find('/'), key.size()));
    }
    const bool is_hub = key == "index.docker.io" || key == "registry-1.docker.io";
    return is_hub ? "docker.io" : key;
}

/// The names under which a login may be filed, most specific first: "r/a/b", "r/a", "r".
std::vector<std::string> keys_for(const std::string& registry, const std::string& path) {
    std::vector<std::string> keys;
    std::string key = registry + "/" + path;
    for (;;) {
        keys.push_back(key);
        const std::size_t slash = key.rfind('/');
        if (slash == std::string::npos) {
            return keys;
        }
        key.erase(slash);
    }
}

/// Nothing for an entry that only says that a helper has the login.
std::optional<RegistryLogin> read_entry(const json::Value& entry, const std::string& where) {
    RegistryLogin login;
    login.identity_token = json::text_member(entry, "identitytoken", where);
    const std::string auth = json::text_member(entry, "auth", where);
    if (!auth.empty()) {
        const std::optional<std::string> decoded = base::base64_decode(auth);
        const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
        if (colon == std::string::npos) {
            throw base::UsageError(where + ": \"auth\" is not USER:PASSWORD in base64");
        }
        login.user = decoded->substr(0, colon);
        login.password = decoded->substr(colon + 1);
        // docker pads some with zeros.
        login.password.erase(login.password.find_last_not_of('\0') + 1);
    } else {
        login.user = json::text_member(entry, "username", where);
        login.password = json::text_member(entry, "password", where);
    }
    const bool says_nothing = login.user.empty() && login.identity_token.empty();
    return says_nothing ? std::nullopt : std::optional(login);
}

const json::Value*
find_entry(const json::Value& auths, const std::string& registry, const std::string& path) {
    for (const std::string& key : keys_for(registry, path)) {
        const auto found = auths.find(key);
        if (found != auths.end()) {
            return &*found;
        }
    }
    for (const auto& [key, entry] : auths.items()) {
        if (registry_of_key(key) == registry) {
            return &entry;
        }
    }
    return nullptr;
}

process::Result run_helper(
    const process::Command& command, const std::string& server, const base::Context& context) {
    try {
        return process::run(command, context);
    } catch (process::OverTimeError& error) {
        error.add_context("asking for the login for " + server)
            .set_exit_code(base::ExitCode::fetch);
        error.set_hint("see whether it waits for somebody to unlock what it keeps");
        throw;
    }
}

} // namespace

RegistryCredentials::RegistryCredentials(
    const Host& host, const std::string& authfile, std::chrono::milliseconds helper_limit)
    : host_(host)
    , helper_limit_(helper_limit) {
    if (!authfile.empty()) {
        if (!is_readable_file(authfile)) {
            throw base::UsageError(
                fmt::format("--authfile: {} is no file that can be read", authfile));
        }
        files_ = {{authfile}};
        return;
    }
    const auto add = [this](const std::optional<std::string>& directory, const char* name) {
        if (directory) {
            files_.push_back({base::join_path(*directory, name)});
        }
    };
    if (const auto file = host.variable("REGISTRY_AUTH_FILE")) {
        files_.push_back({*file});
    } else {
        if (host.variable("XDG_RUNTIME_DIR")) {
            add(host.variable("XDG_RUNTIME_DIR"), "containers/auth.json");
        } else if (host.is_superuser()) {
            // What podman login writes under sudo.
            files_.push_back({host.path("/run/containers/0/auth.json")});
        }
        if (const auto config = host.variable("XDG_CONFIG_HOME")) {
            add(config, "containers/auth.json");
        } else {
            add(host.home(), ".config/containers/auth.json");
        }
        add(host.variable("DOCKER_CONFIG"), "config.json");
        add(host.home(), ".docker/config.json");
        if (const auto home = host.home()) {
            files_.push_back({base::join_path(*home, ".dockercfg"), true});
        }
    }
    std::erase_if(files_, [](const File& file) { return !is_readable_file(file.path); });
}

std::optional<RegistryLogin> RegistryCredentials::find(
    const std::string& registry, const std::string& path, const base::Context& context) const {
    for (const File& file : files_) {
        if (auto login = find_in(file, registry, path, context)) {
            return login;
        }
    }
    const auto user = host_.variable("WAREWULF_OCI_USERNAME");
    const auto password = host_.variable("WAREWULF_OCI_PASSWORD");
    if (user && password) {
        return RegistryLogin{*user, *password, "", "WAREWULF_OCI_USERNAME"};
    }
    return std::nullopt;
}

std::optional<RegistryLogin> RegistryCredentials::find_in(
    const File& file,
    const std::string& registry,
    const std::string& path,
    const base::Context& context) const {
    const std::string text = base::read_file(file.path, size_limit);
    try {
        const json::Value document = json::parse(text, file.path);
        json::require_object(document, file.path);
        const json::Value none = json::Value::object();
        const json::Value* const auths =
            file.is_old ? &document : json::find_member(document, "auths", file.path);
        const auto helpers = file.is_old
                                 ? std::map<std::string, std::string>()
                                 : json::text_map_member(document, "credHelpers", file.path);
        for (const std::string& key : keys_for(registry, path)) {
            const auto helper = helpers.find(key);
            if (helper != helpers.end()) {
                return ask_helper(helper->second, key, context);
            }
        }
        const json::Value* const entry =
            find_entry(auths == nullptr ? none : *auths, registry, path);
        if (entry != nullptr) {
            const std::string where = file.path + ": the login for " + registry;
            if (auto login = read_entry(*entry, where)) {
                login->origin = file.path;
                return login;
            }
        }
        const std::string helper =
            file.is_old ? "" : json::text_member(document, "credsStore", file.path);
        return helper.empty() ? std::nullopt : ask_helper(helper, registry, context);
    } catch (base::Error& error) {
        if (error.exit_code() == base::ExitCode::system) {
            error.set_exit_code(base::ExitCode::usage);
        }
        throw;
    }
}

std::optional<RegistryLogin> RegistryCredentials::ask_helper(
    const std::string& helper, const std::string& server, const base::Context& context) const {
    const std::string program = "docker-credential-" + helper;
    if (helper.find('/') != std::string::npos) {
        throw base::UsageError(
            fmt::format("\"{}\" is no credential helper", base::printable(helper)));
    }
    process::Command command;
    command.argv = {program, "get"};
    command.input = server;
    command.environment = host_.environment();
    command.output_limit = size_limit;
    command.time_limit = helper_limit_;
    const process::Result result = run_helper(command, server, context);
    if (result.status != 0) {
        // This is how helpers say that they know no login.
        const bool is_unknown = result.output.find("not found") != std::string::npos;
        if (is_unknown) {
            return std::nullopt;
        }
        base::Error error(
            fmt::format("{}: no login for {}: exit status {}", program, server, result.status),
            base::ExitCode::fetch);
        error.set_details({base::printable(base::trim(result.output))});
        throw error;
    }
    const json::Value answer = json::parse(result.output, program + "'s answer");
    RegistryLogin login;
    login.user = json::text_member(answer, "Username", program);
    login.password = json::text_member(answer, "Secret", program);
    login.origin = program;
    if (login.user == "<token>") {
        login.user.clear();
        login.identity_token = std::exchange(login.password, "");
    }
    return login;
}

} // namespace imgbuild::config
