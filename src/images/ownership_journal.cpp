// SPDX-License-Identifier: Apache-2.0
#include "images/ownership_journal.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/gone.hpp"
#include "base/text.hpp"
#include "images/new_account_files.hpp"
#include "root/layer_cursor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>

namespace imgbuild::images {

namespace {

/// The files a journal may bring; no other is ever written.
constexpr std::array<std::string_view, 6> account_files = {
    "etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/subuid", "etc/subgid"};

/// It makes the change certain.
std::string journal_in(const std::string& own_directory) {
    return base::join_path(own_directory, "syncuser");
}

enum class Direction { forward, back };

/// One file of the tree, opened without following links or waking devices.
class Target {
public:
    Target(root::DirectoryCursor& cursor, const OwnershipChange& change)
        : name_(cursor.full_name(change.path))
        , fd_(::openat(
              cursor.parent_of(change.path),
              root::name_of(change.path).c_str(),
              O_PATH | O_NOFOLLOW | O_CLOEXEC)) {
        if (!fd_ || ::fstat(fd_.get(), &status_) != 0) {
            base::throw_errno(fmt::format("changing the owner of {}", name_));
        }
    }

    /// False if somebody else changed it since the change was planned.
    bool is_as_planned(const OwnershipChange& change) const {
        return (status_.st_uid == change.uid || status_.st_uid == change.new_uid) &&
               (status_.st_gid == change.gid || status_.st_gid == change.new_gid) &&
               S_ISLNK(status_.st_mode) == change.is_link;
    }

    void set(const OwnershipChange& change, Direction direction) const {
        const bool is_forward = direction == Direction::forward;
        const std::uint32_t uid = is_forward ? change.new_uid : change.uid;
        const std::uint32_t gid = is_forward ? change.new_gid : change.gid;
        check(::fchownat(fd_.get(), "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW));
        if (change.is_link) {
            return;
        }
        const std::string path = fmt::format("/proc/self/fd/{}", fd_.get());
        constexpr std::uint32_t set_ids = S_ISUID | S_ISGID;
        if ((change.mode & set_ids) != 0) {
            check(::chmod(path.c_str(), change.mode));
        }
        for (const OwnershipChange::Attribute& attribute : change.attributes) {
            const std::string& value = is_forward ? attribute.new_value : attribute.value;
            check(::setxattr(path.c_str(), attribute.name.c_str(), value.data(), value.size(), 0));
        }
    }

private:
    void check(int result) const {
        if (result != 0) {
            base::throw_errno(fmt::format("changing the owner of {}", name_));
        }
    }

    std::string name_;
    base::UniqueFd fd_;
    struct stat status_ = {};
};

/// What becomes of a file that is gone, or was changed by somebody else since the change was planned.
enum class Odd { fails, is_left_alone };

void change_one(
    root::DirectoryCursor& cursor, const OwnershipChange& change, Direction direction, Odd odd) {
    try {
        const Target target(cursor, change);
        if (target.is_as_planned(change)) {
            target.set(change, direction);
        } else if (odd == Odd::fails) {
            throw base::Error(fmt::format(
                "{} was changed by somebody else meanwhile", cursor.full_name(change.path)));
        }
    } catch (const base::SystemError& error) {
        if (odd == Odd::fails || !base::means_gone(error.error_number())) {
            throw;
        }
    }
}

void apply(
    const root::Root& root,
    const std::vector<OwnershipChange>& changes,
    Odd odd,
    const base::Context& context) {
    constexpr std::size_t per_task = 512;
    base::Activity activity(
        context.reporter,
        {.title = "changing owners",
         .unit = "files",
         .total = changes.size(),
         .parent = context.parent_activity});
    const std::size_t tasks = (changes.size() + per_task - 1) / per_task;
    base::parallel_for(context.pool, context.stop, tasks, [&](std::size_t task) {
        root::DirectoryCursor cursor(root.fd(), root.name());
        const std::size_t end = std::min(changes.size(), (task + 1) * per_task);
        for (std::size_t i = task * per_task; i < end; ++i) {
            change_one(cursor, changes[i], Direction::forward, odd);
        }
        activity.advance(end - task * per_task);
    });
}

/// Undoing goes as far as it can: a file that can't be changed keeps nothing else from being restored.
void undo(const root::Root& root, const std::vector<OwnershipChange>& changes) {
    root::DirectoryCursor cursor(root.fd(), root.name());
    for (const OwnershipChange& change : changes) {
        try {
            change_one(cursor, change, Direction::back, Odd::is_left_alone);
        } catch (const base::Error&) {
            continue;
        }
    }
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\n') {
            result += "\\n";
        } else if (c == '\r') {
            result += "\\r"; // at the end of a line it would be taken for a part of the line's end
        } else if (c == '\\') {
            result += "\\\\";
        } else {
            result += c;
        }
    }
    return result;
}

std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
            result += text[i] == 'n' ? '\n' : text[i] == 'r' ? '\r' : text[i];
        } else {
            result += text[i];
        }
    }
    return result;
}

std::string hex(std::string_view bytes) {
    std::string text = "x";
    for (const char byte : bytes) {
        text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return text;
}

std::string from_hex(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 1; i + 1 < text.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

std::uint32_t number(std::string_view text) {
    return static_cast<std::uint32_t>(base::parse_number(text).value_or(0));
}

constexpr std::string_view journal_head = "imgbuild syncuser 2";
constexpr std::string_view content_mark = "content ";
constexpr std::string_view journal_end = "end";

/// @returns false for a line that makes no sense.
bool read_content(std::string_view line, std::map<std::string, std::string>& files) {
    const std::size_t blank = line.find(' ');
    const std::string_view path = line.substr(0, blank);
    const bool is_known =
        std::find(account_files.begin(), account_files.end(), path) != account_files.end();
    if (blank == std::string_view::npos || !is_known) {
        return false;
    }
    files.emplace(path, unescaped(line.substr(blank + 1)));
    return true;
}

/// @returns false for a line that makes no sense.
bool read_change(std::string_view line, std::vector<OwnershipChange>& changes) {
    const std::size_t path = line.find(" /");
    const auto words = base::split_words(line.substr(0, path));
    if (path == std::string_view::npos || words.size() < 6 || words.size() % 3 != 0) {
        return false;
    }
    OwnershipChange change;
    change.uid = number(words[0]);
    change.gid = number(words[1]);
    change.new_uid = number(words[2]);
    change.new_gid = number(words[3]);
    change.mode = static_cast<std::uint32_t>(std::stoul(std::string(words[4]), nullptr, 8));
    change.is_link = words[5] == "link";
    for (std::size_t word = 6; word + 2 < words.size(); word += 3) {
        change.attributes.push_back(
            {std::string(words[word]), from_hex(words[word + 1]), from_hex(words[word + 2])});
    }
    change.path = unescaped(line.substr(path + 2));
    changes.push_back(std::move(change));
    return true;
}

} // namespace

std::string mapped_acl(std::string_view value, const IdMap& uids, const IdMap& gids) {
    constexpr std::size_t header = 4;
    constexpr std::size_t entry_size = 8;
    constexpr std::uint16_t user_entry = 0x02;
    constexpr std::uint16_t group_entry = 0x08;
    std::string result(value);
    if (value.size() < header || (value.size() - header) % entry_size != 0) {
        return result;
    }
    for (std::size_t at = header; at < value.size(); at += entry_size) {
        std::uint16_t tag = 0;
        std::uint32_t id = 0;
        std::memcpy(&tag, &result[at], sizeof tag);
        std::memcpy(&id, &result[at + 4], sizeof id);
        const IdMap* const map = tag == user_entry ? &uids : tag == group_entry ? &gids : nullptr;
        if (map != nullptr && map->count(id) != 0) {
            const std::uint32_t wanted = map->at(id);
            std::memcpy(&result[at + 4], &wanted, sizeof wanted);
        }
    }
    return result;
}

std::vector<OwnershipChange>
ownership_changes(const tree::Inventory& inventory, const IdMap& uids, const IdMap& gids) {
    const auto mapped = [](const IdMap& map, std::uint32_t id) {
        const auto found = map.find(id);
        return found == map.end() ? id : found->second;
    };
    std::vector<OwnershipChange> changes;
    std::uint32_t last_group = 0;
    for (const tree::Entry& entry : inventory.entries()) {
        // Groups are numbered in the order of their first names.
        if (entry.link_group != 0 && entry.link_group <= last_group) {
            continue;
        }
        last_group = std::max(last_group, entry.link_group);
        OwnershipChange change;
        change.new_uid = mapped(uids, entry.uid);
        change.new_gid = mapped(gids, entry.gid);
        const bool moves = change.new_uid != entry.uid || change.new_gid != entry.gid;
        bool has_other_acl = false;
        for (const auto& [name, value] : entry.xattrs) {
            if (name.starts_with("system.posix_acl_")) {
                std::string new_value = mapped_acl(value, uids, gids);
                has_other_acl = has_other_acl || new_value != value;
                change.attributes.push_back({name, value, std::move(new_value)});
            } else if (name == "security.capability") {
                change.attributes.push_back({name, value, value});
            }
        }
        if (!moves && !has_other_acl) {
            continue;
        }
        change.path = entry.path;
        change.uid = entry.uid;
        change.gid = entry.gid;
        change.mode = entry.mode;
        change.is_link = entry.type == tree::EntryType::symlink;
        changes.push_back(std::move(change));
    }
    return changes;
}

std::string journal_text(const OwnershipJournal& journal) {
    fmt::memory_buffer text;
    const auto out = std::back_inserter(text);
    fmt::format_to(out, "{}\n", journal_head);
    for (const auto& [path, content] : journal.files) {
        fmt::format_to(out, "{}{} {}\n", content_mark, path, escaped(content));
    }
    for (const OwnershipChange& change : journal.changes) {
        fmt::format_to(
            out,
            "{} {} {} {} {:o} {}",
            change.uid,
            change.gid,
            change.new_uid,
            change.new_gid,
            change.mode,
            change.is_link ? "link" : "file");
        for (const OwnershipChange::Attribute& attribute : change.attributes) {
            fmt::format_to(
                out, " {} {} {}", attribute.name, hex(attribute.value), hex(attribute.new_value));
        }
        fmt::format_to(out, " /{}\n", escaped(change.path));
    }
    fmt::format_to(out, "{}\n", journal_end);
    return fmt::to_string(text);
}

OwnershipJournal parse_journal(std::string_view text, const std::string& name) {
    const std::vector<std::string_view> lines = base::split_lines(text);
    if (lines.size() < 2 || lines.front() != journal_head || lines.back() != journal_end) {
        throw base::Error(fmt::format("{} is no journal of this version", name));
    }
    OwnershipJournal journal;
    for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
        const bool is_read = lines[i].starts_with(content_mark)
                                 ? read_content(lines[i].substr(content_mark.size()), journal.files)
                                 : read_change(lines[i], journal.changes);
        if (!is_read) {
            throw base::Error("a line of the journal can't be read")
                .at({name, static_cast<int>(i + 1), 0});
        }
    }
    return journal;
}

void change_ownership(
    const root::Root& root,
    const std::string& own_directory,
    const OwnershipJournal& journal,
    const base::Context& context) {
    const std::string path = journal_in(own_directory);
    base::make_directories(own_directory);
    base::replace_file(path, journal_text(journal), 0600);
    std::optional<NewAccountFiles> files;
    try {
        files.emplace(root, journal.files);
        apply(root, journal.changes, Odd::fails, context);
    } catch (const std::exception&) {
        undo(root, journal.changes);
        base::remove_tree(path);
        throw;
    }
    // Should even this fail, the next verb completes it.
    files->put_in_place();
    base::remove_tree(path);
}

bool complete_ownership_change(
    const root::Root& root, const std::string& own_directory, const base::Context& context) {
    const std::string path = journal_in(own_directory);
    if (!base::exists(path)) {
        return false;
    }
    const OwnershipJournal journal = parse_journal(base::read_file(path), path);
    NewAccountFiles files(root, journal.files);
    apply(root, journal.changes, Odd::is_left_alone, context);
    files.put_in_place();
    base::remove_tree(path);
    return true;
}

} // namespace imgbuild::images
