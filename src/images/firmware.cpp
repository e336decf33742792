// SPDX-License-Identifier: Apache-2.0
#include "images/firmware.hpp"

#include "archive/decompressor.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "tree/exclude_patterns.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <set>

namespace imgbuild::images {

namespace {

using tree::Entry;
using tree::EntryType;
using tree::Inventory;

constexpr std::array<std::string_view, 2> firmware_places = {"usr/lib/firmware", "lib/firmware"};
constexpr std::array<std::string_view, 2> module_places = {"usr/lib/modules", "lib/modules"};
constexpr std::array<std::string_view, 3> compressed_endings = {".xz", ".zst", ".gz"};
/// The processors' own, which no module asks for.
constexpr std::array<std::string_view, 2> always_needed = {"amd-ucode/", "intel-ucode/"};

std::string_view without_compressed_ending(std::string_view path) {
    for (const std::string_view ending : compressed_endings) {
        if (path.ends_with(ending)) {
            path.remove_suffix(ending.size());
            break;
        }
    }
    return path;
}

bool is_module(const Entry& entry) {
    return entry.type == EntryType::regular &&
           (without_compressed_ending(entry.path).ends_with(".ko") ||
            entry.path.ends_with("/modules.builtin.modinfo"));
}

std::vector<const Entry*> modules_of(const Inventory& inventory) {
    std::vector<const Entry*> modules;
    for (const std::string_view place : module_places) {
        const auto [first, last] = inventory.below(place);
        for (std::size_t i = first; i < last; ++i) {
            if (is_module(inventory.entries()[i])) {
                modules.push_back(&inventory.entries()[i]);
            }
        }
    }
    return modules;
}

/// The whole content of a module, which may be compressed.
std::string read_module(const root::Root& root, const std::string& path) {
    constexpr std::size_t largest = std::size_t{256} << 20U;
    const base::UniqueFd file = root.open_file(path, O_RDONLY);
    const std::string name = fmt::format("/{} of {}", base::printable(path), root.name());
    if (path.ends_with(".ko") || path.ends_with(".modinfo")) {
        return base::read_all(file.get(), name, largest);
    }
    std::uint64_t offset = 0;
    archive::Decompressor stream(
        [&](std::span<std::byte> buffer) {
            const std::size_t got = base::read_at(file.get(), buffer, offset, name);
            offset += got;
            return got;
        },
        name);
    return archive::read_all(stream, largest, name);
}

/// Nothing if one of them can't be read.
std::optional<std::set<std::string>> read_names(
    const root::Root& root,
    const std::vector<const Entry*>& modules,
    const base::Context& context) {
    base::Activity activity(
        context.reporter,
        {.title = "reading which firmware modules ask for",
         .unit = "files",
         .total = modules.size(),
         .parent = context.parent_activity});
    std::mutex mutex;
    std::set<std::string> names;
    bool is_whole = true;
    base::parallel_for(context.pool, context.stop, modules.size(), [&](std::size_t i) {
        std::vector<std::string> found;
        bool is_read = true;
        try {
            found = firmware_named_in(read_module(root, modules[i]->path));
        } catch (const base::Error&) {
            is_read = false;
        }
        activity.advance(1);
        const std::lock_guard lock(mutex);
        names.insert(found.begin(), found.end());
        is_whole = is_whole && is_read;
    });
    return is_whole ? std::optional(std::move(names)) : std::nullopt;
}

/// Where a link leads to, by its text, as a path of the inventory; nothing if it leads out.
std::optional<std::string> target_path(const Entry& link) {
    std::vector<std::string> reached;
    const auto walk = [&](std::string_view path) {
        for (const std::string_view component : base::split(path, '/')) {
            if (component == "..") {
                if (reached.empty()) {
                    return false;
                }
                reached.pop_back();
            } else if (!component.empty() && component != ".") {
                reached.emplace_back(component);
            }
        }
        return true;
    };
    const bool is_absolute = link.link_target.starts_with('/');
    const std::size_t slash = link.path.rfind('/');
    const bool leads_inside = (is_absolute || slash == std::string::npos ||
                               walk(std::string_view(link.path).substr(0, slash))) &&
                              walk(link.link_target);
    return leads_inside ? std::optional(base::join(reached, "/")) : std::nullopt;
}

/// The firmware of one place, and which of it is needed.
class Place {
public:
    Place(const Inventory& inventory, std::string_view path)
        : inventory_(inventory)
        , path_(path) {}

    void need(const std::set<std::string>& names) {
        std::vector<std::string> patterns;
        for (const std::string& name : names) {
            if (name.find_first_of("*?[") != std::string::npos) {
                patterns.push_back(name);
            }
        }
        const std::optional<tree::ExcludePatterns> matcher = compiled(patterns);
        const auto [first, last] = inventory_.below(path_);
        for (std::size_t i = first; i < last; ++i) {
            const Entry& entry = inventory_.entries()[i];
            if (entry.type == EntryType::directory) {
                continue;
            }
            const std::string name = name_of(entry.path);
            // A link to a directory stands for all that is in it.
            if (names.count(name) != 0 || is_always_needed(name) || !matcher ||
                matcher->matches(name) || leads_to_directory(entry)) {
                need_entry(entry);
            }
        }
    }

    std::vector<UnneededFirmware> unneeded() const {
        std::vector<UnneededFirmware> found;
        if (inventory_.find(path_) != nullptr) {
            collect(std::string(path_), found);
        }
        return found;
    }

private:
    /// Nothing if one makes no sense.
    static std::optional<tree::ExcludePatterns> compiled(const std::vector<std::string>& patterns) {
        try {
            return tree::ExcludePatterns(patterns, "firmware");
        } catch (const base::Error&) {
            return std::nullopt;
        }
    }

    static bool is_always_needed(std::string_view name) {
        return std::any_of(always_needed.begin(), always_needed.end(), [&](std::string_view start) {
            return name.starts_with(start);
        });
    }

    /// As the kernel asks for it: the directories of updates come first.
    std::string name_of(std::string_view path) const {
        std::string_view name = without_compressed_ending(path.substr(path_.size() + 1));
        constexpr std::string_view updates = "updates/";
        if (name.starts_with(updates)) {
            name.remove_prefix(updates.size());
        }
        return std::string(name);
    }

    bool leads_to_directory(const Entry& entry) const {
        if (entry.type != EntryType::symlink) {
            return false;
        }
        const auto path = target_path(entry);
        const Entry* const target = path ? inventory_.find(*path) : nullptr;
        return target != nullptr && target->type == EntryType::directory;
    }

    void need_entry(const Entry& entry) {
        constexpr int most_links = 8;
        const Entry* reached = &entry;
        for (int i = 0; i < most_links && reached != nullptr; ++i) {
            needed_.insert(reached->path);
            if (reached->type == EntryType::directory) {
                need_all_below(reached->path);
                return;
            }
            if (reached->type != EntryType::symlink) {
                return;
            }
            const auto path = target_path(*reached);
            reached = path ? inventory_.find(*path) : nullptr;
        }
    }

    void need_all_below(const std::string& directory) {
        const auto [first, last] = inventory_.below(directory);
        for (std::size_t i = first; i < last; ++i) {
            needed_.insert(inventory_.entries()[i].path);
        }
    }

    /// Adds the directory as one, or what in it is not needed.
    void collect(const std::string& directory, std::vector<UnneededFirmware>& found) const {
        constexpr std::uint64_t worth_a_line = 100'000;
        const auto [first, last] = inventory_.below(directory);
        std::uint64_t bytes = 0;
        bool is_needed = false;
        for (std::size_t i = first; i < last; ++i) {
            bytes += inventory_.entries()[i].size;
            is_needed = is_needed || needed_.count(inventory_.entries()[i].path) != 0;
        }
        if (!is_needed) {
            if (bytes >= worth_a_line) {
                found.push_back({directory, bytes});
            }
            return;
        }
        for (std::size_t i = first; i < last; ++i) {
            const Entry& entry = inventory_.entries()[i];
            const bool is_directly_in_it =
                entry.path.find('/', directory.size() + 1) == entry.path.npos;
            if (!is_directly_in_it) {
                continue;
            }
            if (entry.type == EntryType::directory) {
                collect(entry.path, found);
            } else if (entry.size >= worth_a_line && needed_.count(entry.path) == 0) {
                found.push_back({entry.path, entry.size});
            }
        }
    }

    const Inventory& inventory_;
    std::string_view path_;
    std::set<std::string, std::less<>> needed_;
};

} // namespace

std::vector<std::string> firmware_named_in(std::string_view module) {
    constexpr std::string_view key = "firmware=";
    constexpr std::size_t longest = 4096;
    std::vector<std::string> names;
    for (std::size_t at = module.find(key); at != module.npos; at = module.find(key, at)) {
        at += key.size();
        const std::size_t end = std::min(module.find('\0', at), module.size());
        if (end > at && end - at < longest) {
            names.emplace_back(module.substr(at, end - at));
        }
    }
    return names;
}

FirmwareUse find_unneeded_firmware(
    const root::Root& root, const Inventory& inventory, const base::Context& context) {
    const std::vector<const Entry*> modules = modules_of(inventory);
    if (modules.empty()) {
        return {};
    }
    const auto names = read_names(root, modules, context);
    if (!names) {
        return {};
    }
    FirmwareUse use = {true, {}};
    for (const std::string_view path : firmware_places) {
        Place place(inventory, path);
        place.need(*names);
        const std::vector<UnneededFirmware> found = place.unneeded();
        use.unneeded.insert(use.unneeded.end(), found.begin(), found.end());
    }
    return use;
}

} // namespace imgbuild::images
