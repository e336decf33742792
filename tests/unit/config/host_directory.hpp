// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "base/file.hpp"
#include "config/host.hpp"
#include "support/temporary_directory.hpp"

#include <map>
#include <string>

namespace imgbuild::config::test {

/// A host whose root and home are directories of its own: "etc/…" and "home/…".
class HostDirectory {
public:
    void put(const std::string& name, const std::string& content) const {
        const std::string path = directory_ / name;
        base::make_directories(path.substr(0, path.rfind('/')));
        base::replace_file(path, content);
    }

    Host
    host(std::map<std::string, std::string> environment = {}, bool is_superuser = false) const {
        environment.emplace("HOME", directory_ / "home");
        return {directory_.path(), std::move(environment), is_superuser};
    }

    std::string operator/(const std::string& name) const { return directory_ / name; }

    /// `text` with the directory's own name replaced by "ROOT".
    std::string shown(std::string text) const {
        for (std::size_t at = text.find(directory_.path()); at != std::string::npos;
             at = text.find(directory_.path(), at)) {
            text.replace(at, directory_.path().size(), "ROOT");
        }
        return text;
    }

private:
    imgbuild::test::TemporaryDirectory directory_;
};

/// "place: message | hint" of the UsageError that `action` throws.
template <typename Action>
std::string refusal_of(const Action& action) {
    try {
        action();
    } catch (const base::UsageError& error) {
        const std::string place = error.position() ? base::to_string(*error.position()) + ": " : "";
        return place + error.what() + (error.hint().empty() ? "" : " | " + error.hint());
    }
    return "nothing was thrown";
}

} // namespace imgbuild::config::test
