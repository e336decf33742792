// SPDX-License-Identifier: Apache-2.0
#include "package/dpkg_database.hpp"

#include "base/text.hpp"
#include "package/deb822.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace imgbuild::package {
namespace {

using archive::TarMember;
using tree::EntryType;

constexpr std::string_view status_place = "var/lib/dpkg/status";
constexpr std::string_view info_directory = "var/lib/dpkg/info";
constexpr std::string_view triggers_directory = "var/lib/dpkg/triggers";
constexpr std::string_view file_triggers_place = "var/lib/dpkg/triggers/File";
constexpr std::string_view activations_place = "var/lib/dpkg/triggers/Unincorp";
/// A configuration file that was never configured.
constexpr std::string_view new_conffile = "newconffile";

std::string package_key(std::string_view name, std::string_view architecture) {
    return fmt::format("{}:{}", name, architecture);
}

/// The stanza of a package that was just unpacked. dpkg puts the fields into its own order when it
/// writes the file the next time.
std::string unpacked_stanza(const RawDeb& deb) {
    std::string text = fmt::format("Package: {}\nStatus: install ok unpacked\n", deb.package->name);
    Deb822Reader reader(*deb.control.find("control"));
    reader.next_stanza();
    while (const auto field = reader.next_field()) {
        if (!same_field(field->name, "Package")) {
            text += fmt::format("{}: {}\n", field->name, field->value);
        }
    }
    if (!deb.control.conffiles.empty()) {
        text += "Conffiles:\n";
        for (const std::string& path : deb.control.conffiles) {
            text += fmt::format(" {} {}\n", path, new_conffile);
        }
    }
    return text + '\n';
}

std::string half_installed_stanza(const RawDeb& deb) {
    const std::string_view multi_arch = deb.control.field("Multi-Arch");
    return fmt::format(
        "Package: {}\nStatus: install reinstreq half-installed\nArchitecture: {}\n{}Version: "
        "{}\n\n",
        deb.package->name,
        deb.package->architecture,
        multi_arch.empty() ? "" : fmt::format("Multi-Arch: {}\n", multi_arch),
        deb.package->version);
}

bool is_directory(const TarMember& member) {
    return member.entry.type == EntryType::directory;
}

} // namespace

DpkgDatabase::DpkgDatabase(const root::Root& root)
    : root_(root) {
    for (const std::string_view directory : {info_directory, triggers_directory}) {
        root.make_directories(directory, {.mode = 0755});
    }
    load_earlier_paths();
}

void DpkgDatabase::load_earlier_paths() {
    for (const std::string& name : root_.list(info_directory)) {
        if (name.ends_with(".list")) {
            const std::string text = root_.read(fmt::format("{}/{}", info_directory, name));
            for (const std::string_view path : base::split_lines(text)) {
                earlier_paths_.emplace(path);
            }
        }
    }
}

void DpkgDatabase::load() {
    status_ = root_.try_read(status_place).value_or(std::string());
    if (!status_.empty() && !status_.ends_with("\n\n")) {
        status_ += '\n';
    }
    known_.clear();
    Deb822Reader reader(status_);
    while (reader.next_stanza()) {
        std::string_view name;
        std::string_view architecture;
        while (const auto field = reader.next_field()) {
            if (same_field(field->name, "Package")) {
                name = field->value;
            } else if (same_field(field->name, "Architecture")) {
                architecture = field->value;
            }
        }
        known_.insert(package_key(name, architecture));
    }
    special_.clear();
    // Three lines a diversion, two of them paths; overrides have the path in the last word of a line.
    for (const char* const file : {"var/lib/dpkg/diversions", "var/lib/dpkg/statoverride"}) {
        const std::string text = root_.try_read(file).value_or(std::string());
        for (const std::string_view word : base::split_words(text)) {
            special_.emplace(word);
        }
    }
    interests_ = root_.try_read(file_triggers_place).value_or(std::string());
    interesting_.clear();
    for (const std::string_view line : base::split_lines(interests_)) {
        interesting_.emplace(line.substr(0, line.find(' ')));
    }
}

void DpkgDatabase::begin() {
    is_read_ = false;
    load();
}

void DpkgDatabase::finish() {
    std::vector<Activation> activations = all_activations();
    status_ = add_pending(status_, events(activations), {.before = !is_read_, .after = false});
    // dpkg puts the one it reads last in front.
    std::reverse(activations.begin(), activations.end());
    save(activations);
}

void DpkgDatabase::hand_over() {
    const std::vector<Activation> activations = all_activations();
    status_ = add_pending(status_, events(activations), {.before = !is_read_, .after = true});
    save(activations);
}

void DpkgDatabase::take_back(const RawDeb& deb) {
    is_read_ = true;
    load();
    note_files(deb);
}

void DpkgDatabase::save(const std::vector<Activation>& activations) {
    root_.rewrite(status_place, status_ + unfinished_, {.mode = 0644});
    if (!interests_.empty()) {
        root_.rewrite(file_triggers_place, interests_, {.mode = 0644});
    }
    std::string text;
    for (const auto& [trigger, awaiters] : activations) {
        text += fmt::format("{} {}\n", trigger, base::join(awaiters, " "));
    }
    // dpkg takes them in when it starts the next time.
    if (!text.empty()) {
        root_.rewrite(activations_place, text, {.mode = 0644});
    }
    activations_.clear();
}

std::optional<std::string> DpkgDatabase::obstacle(const RawDeb& deb) const {
    if (!only_directories_.empty()) {
        return fmt::format("{} consists of directories that others have too", only_directories_);
    }
    if (known_.contains(package_key(deb.package->name, deb.package->architecture))) {
        return "it is installed already";
    }
    for (const TarMember& member : deb.index.members) {
        const std::string path = "/" + member.entry.path;
        if (special_.contains(path)) {
            return fmt::format("{} is diverted or has another owner or mode", path);
        }
        if (files_.contains(path) || (!is_directory(member) && earlier_paths_.contains(path))) {
            return fmt::format("{} is another package's too", path);
        }
    }
    for (const std::string& path : deb.control.conffiles) {
        const auto status = root_.status(path);
        if (status && !S_ISREG(status->st_mode)) {
            return fmt::format("its configuration file {} is there and no file", path);
        }
    }
    return std::nullopt;
}

void DpkgDatabase::lay_out_scripts(const RawDeb& deb) {
    root_.make_directory(scripts_place, {.mode = 0755});
    for (const auto& [name, file] : deb.control.files) {
        const std::string place = fmt::format("{}/{}", scripts_place, name);
        std::uint32_t mode = file.entry.mode;
        if (name == "preinst" && (mode & 0555U) != 0555U) {
            mode = 0755;
        }
        root_.write(place, file.content, {mode, file.entry.uid, file.entry.gid});
    }
    unfinished_ = half_installed_stanza(deb);
    save(all_activations());
}

void DpkgDatabase::remove_scripts() {
    root_.remove(scripts_place);
    unfinished_.clear();
    save(all_activations());
}

void DpkgDatabase::add_unpacked(const RawDeb& deb) {
    activate(deb);
    write_list(deb);
    add_interests(deb);
    write_info(deb);
    status_ += unpacked_stanza(deb);
    known_.insert(package_key(deb.package->name, deb.package->architecture));
    note_files(deb);
}

void DpkgDatabase::note_files(const RawDeb& deb) {
    bool has_files = false;
    for (const TarMember& member : deb.index.members) {
        if (!is_directory(member)) {
            files_.insert("/" + member.entry.path);
            has_files = true;
        }
    }
    if (!has_files && deb.index.members.size() > 1) {
        only_directories_ = deb.package->name;
    }
}

std::string DpkgDatabase::info_place(const RawDeb& deb, std::string_view name) const {
    return fmt::format("{}/{}.{}", info_directory, deb.database_name(), name);
}

void DpkgDatabase::write_info(const RawDeb& deb) const {
    for (const auto& [name, file] : deb.control.files) {
        if (name == "control") {
            continue;
        }
        const std::string place = info_place(deb, name);
        root_.write(place, file.content, {file.entry.mode, file.entry.uid, file.entry.gid});
        root_.set_mtime(place, file.entry.mtime);
    }
}

void DpkgDatabase::write_list(const RawDeb& deb) const {
    std::string list;
    for (const TarMember& member : deb.index.members) {
        list += fmt::format("/{}\n", member.entry.path.empty() ? "." : member.entry.path);
    }
    root_.write(info_place(deb, "list"), list, {.mode = 0644});
}

/// What the package's triggers file activates, then what its files do.
void DpkgDatabase::activate(const RawDeb& deb) {
    const std::string name = deb.database_name();
    for (const TriggerLine& line : deb.control.triggers) {
        if (line.kind == TriggerLine::Kind::activate &&
            (line.name.starts_with('/') ||
             root_.exists(fmt::format("{}/{}", triggers_directory, line.name)))) {
            await(activations_, line.name, line.awaits ? name : "-");
        }
    }
    for (const TarMember& member : deb.index.members) {
        const std::string path = "/" + member.entry.path;
        if (interesting_.contains(path)) {
            await(activations_, path, name);
        }
    }
}

void DpkgDatabase::await(
    std::vector<Activation>& activations, const std::string& trigger, const std::string& awaiter) {
    auto found = std::find_if(activations.begin(), activations.end(), [&](const Activation& known) {
        return known.trigger == trigger;
    });
    if (found == activations.end()) {
        found = activations.insert(found, {trigger, {}});
    }
    std::vector<std::string>& awaiters = found->awaiters;
    if (std::find(awaiters.begin(), awaiters.end(), awaiter) == awaiters.end()) {
        awaiters.push_back(awaiter);
    }
}

void DpkgDatabase::add_interests(const RawDeb& deb) {
    const std::string name = deb.database_name();
    for (const TriggerLine& line : deb.control.triggers) {
        if (line.kind != TriggerLine::Kind::interest) {
            continue;
        }
        const std::string entry = fmt::format("{}{}\n", name, line.awaits ? "" : "/noawait");
        if (line.name.starts_with('/')) {
            interests_ += fmt::format("{} {}", line.name, entry);
            interesting_.insert(line.name);
        } else {
            const std::string place = fmt::format("{}/{}", triggers_directory, line.name);
            root_.rewrite(
                place, root_.try_read(place).value_or(std::string()) + entry, {.mode = 0644});
        }
    }
}

/// Those that dpkg has not taken in yet, some of them of scripts, and ours.
std::vector<DpkgDatabase::Activation> DpkgDatabase::all_activations() const {
    std::vector<Activation> all;
    const std::string before = root_.try_read(activations_place).value_or(std::string());
    for (const std::string_view line : base::split_lines(before)) {
        const std::vector<std::string_view> words = base::split_words(line);
        for (std::size_t i = 1; i < words.size(); ++i) {
            await(all, std::string(words[0]), std::string(words[i]));
        }
    }
    for (const Activation& activation : activations_) {
        for (const std::string& awaiter : activation.awaiters) {
            await(all, activation.trigger, awaiter);
        }
    }
    return all;
}

std::vector<TriggerEvent> DpkgDatabase::events(const std::vector<Activation>& activations) const {
    std::vector<TriggerEvent> events;
    for (const Activation& activation : activations) {
        const std::string& trigger = activation.trigger;
        TriggerEvent event{trigger, {}};
        // "PACKAGE[/noawait]", below /var/lib/dpkg/triggers in a file for the trigger; those of paths are
        // in one file, with the path before.
        const bool is_path = trigger.starts_with('/');
        const std::string lines =
            is_path ? interests_
                    : root_.try_read(fmt::format("{}/{}", triggers_directory, trigger))
                          .value_or(std::string());
        for (const std::string_view line : base::split_lines(lines)) {
            const std::vector<std::string_view> words = base::split_words(line);
            if (words.size() == (is_path ? 2 : 1) && (!is_path || words[0] == trigger)) {
                event.interested.emplace_back(words.back().substr(0, words.back().find('/')));
            }
        }
        events.push_back(std::move(event));
    }
    return events;
}

} // namespace imgbuild::package
