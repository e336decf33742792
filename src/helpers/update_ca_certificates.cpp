// SPDX-License-Identifier: Apache-2.0
#include "helpers/update_ca_certificates.hpp"

#include "helpers/files.hpp"
#include "helpers/leave_to_original.hpp"
#include "helpers/run.hpp"
#include "helpers/text.hpp"

#include <unistd.h>

#include <string_view>

namespace imgbuild::helpers {

namespace {

const std::string configuration = "/etc/ca-certificates.conf";
const std::string shipped = "/usr/share/ca-certificates";
const std::string local = "/usr/local/share/ca-certificates";
const std::string hooks = "/etc/ca-certificates/update.d";
const std::string certificates = "/etc/ssl/certs";
const std::string bundle = certificates + "/ca-certificates.crt";
const std::string new_bundle = bundle + ".new";

/// What the configuration says, in its order.
struct Selection {
    std::vector<std::string> wanted;
    std::vector<std::string> refused;
};

/// The original reads lines as a shell does.
Selection read_selection() {
    const auto text = read_text(configuration);
    require(
        text && text->ends_with('\n') && text->find_first_of("\\\r\t\v\f") == std::string::npos);
    Selection selection;
    for (const std::string_view line : split_lines(*text)) {
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const bool is_refused = line.front() == '!';
        const std::string name(line.substr(is_refused ? 1 : 0));
        require(!name.empty() && name.front() != ' ' && name.front() != '!' && name.front() != '#');
        require(name.back() != ' ' && name.back() != '/');
        (is_refused ? selection.refused : selection.wanted).push_back(name);
    }
    return selection;
}

/// Where the link to a certificate stands, before characters are replaced in it.
std::string link_name(const std::string& certificate) {
    std::string name(base_name(certificate));
    if (name.ends_with(".crt") && name != ".crt") {
        name.resize(name.size() - 4);
    }
    return name;
}

std::string link_of(const std::string& certificate) {
    std::string name = link_name(certificate);
    for (char& character : name) {
        if (character == ' ' || character == ',') {
            character = '_';
        } else if (character == '(' || character == ')') {
            character = '=';
        }
    }
    return certificates + "/" + name + ".pem";
}

/// Links in a tree that lead nowhere.
void remove_orphans(const std::string& directory) {
    for (const std::string& name : names_in(directory)) {
        const std::string path = directory + "/" + name;
        if (is_link(path)) {
            if (!exists(path)) {
                remove_file(path);
            }
        } else if (is_directory(path)) {
            remove_orphans(path);
        }
    }
}

class Update {
public:
    explicit Update(Selection selection)
        : selection_(std::move(selection)) {}

    /// Looks whether all is as usual; changes nothing.
    void check() const;

    int run(bool has_hooks);

private:
    void add(const std::string& certificate, std::string& text);

    Selection selection_;
    unsigned added_ = 0;
    unsigned removed_ = 0;
};

void Update::check() const {
    require(!selection_.wanted.empty() && !exists(new_bundle) && is_directory(certificates));
    require(!is_directory(local) || names_in(local).empty());
    require(!is_executable("/sbin/restorecon"));
    require(!is_directory(bundle) && !is_link(certificates));
    for (const std::string& name : selection_.wanted) {
        require(read_text(shipped + "/" + name).has_value());
        require(!is_directory(link_of(name)));
    }
}

void Update::add(const std::string& certificate, std::string& text) {
    const std::string link = link_of(certificate);
    if (!exists(link) || link_target(link) != certificate) {
        if (exists(link) || is_link(link)) {
            remove_file(link);
        }
        make_link(certificate, link);
        ++added_;
    }
    text += read_text(certificate).value_or("");
    if (!text.empty() && text.back() != '\n') {
        text += '\n';
    }
}

int Update::run(bool has_hooks) {
    print(STDOUT_FILENO, "Updating certificates in " + certificates + "...\n");
    for (const std::string& name : selection_.refused) {
        const std::string link = certificates + "/" + link_name(name) + ".pem";
        if (is_link(link)) {
            remove_file(link);
            ++removed_;
        }
    }
    std::string text;
    for (const std::string& name : selection_.wanted) {
        add(shipped + "/" + name, text);
    }
    // The tool below sees it under this name, as ever.
    replace_file(new_bundle, "ca-certificates.", ".tmp", text);
    if (added_ + removed_ > 0) {
        remove_orphans(certificates);
        if (::chdir(certificates.c_str()) != 0) {
            return 2;
        }
        const int status = helpers::run({"openssl", "rehash", "."}, "/dev/null");
        if (status != 0) {
            remove_file(new_bundle);
            return status;
        }
    }
    move_file(new_bundle, bundle);
    print(
        STDOUT_FILENO,
        std::to_string(added_) + " added, " + std::to_string(removed_) + " removed; done.\n");
    if (has_hooks && is_directory(hooks)) {
        print(STDOUT_FILENO, "Running hooks in " + hooks + "...\ndone.\n");
    }
    return 0;
}

} // namespace

int update_ca_certificates(const std::vector<std::string>& arguments) {
    const bool is_without_hooks =
        arguments.size() == 2 && arguments[0] == "--hooksdir" && arguments[1].empty();
    require(arguments.empty() || is_without_hooks);
    require(is_without_hooks || names_in(hooks).empty());
    Update update(read_selection());
    update.check();
    // The original's temporary files leave a trace there: its time.
    touch_temporary_directory();
    return update.run(!is_without_hooks);
}

} // namespace imgbuild::helpers
