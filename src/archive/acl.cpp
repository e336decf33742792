// SPDX-License-Identifier: Apache-2.0
#include "archive/acl.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstdint>

namespace imgbuild::archive {

namespace {

/// linux/posix_acl_xattr.h: little-endian, the version first.
constexpr std::uint32_t acl_version = 2;
constexpr std::uint32_t no_id = 0xFFFFFFFF;

struct Rule {
    std::uint16_t tag = 0;
    std::uint16_t permissions = 0;
    std::uint32_t id = no_id;

    auto operator<=>(const Rule&) const = default;
};

std::uint16_t kernel_tag(int tag) {
    switch (tag) {
    case ARCHIVE_ENTRY_ACL_USER_OBJ:
        return 0x01;
    case ARCHIVE_ENTRY_ACL_USER:
        return 0x02;
    case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
        return 0x04;
    case ARCHIVE_ENTRY_ACL_GROUP:
        return 0x08;
    case ARCHIVE_ENTRY_ACL_MASK:
        return 0x10;
    default:
        return 0x20;
    }
}

void append(std::string& text, std::uint32_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) {
        text += static_cast<char>((number >> (8 * i)) & 0xFFU);
    }
}

/// @returns the list's rules; `has_names` becomes true if one names somebody without a number.
std::vector<Rule> rules_of(archive_entry* entry, int type, bool& has_names) {
    std::vector<Rule> rules;
    if (archive_entry_acl_reset(entry, type) == 0) {
        return rules;
    }
    int found_type = 0;
    int permissions = 0;
    int tag = 0;
    int id = 0;
    const char* name = nullptr;
    while (archive_entry_acl_next(entry, type, &found_type, &permissions, &tag, &id, &name) ==
           ARCHIVE_OK) {
        Rule rule;
        rule.tag = kernel_tag(tag);
        rule.permissions = static_cast<std::uint16_t>(permissions & 7);
        if (tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP) {
            has_names = has_names || id < 0;
            rule.id = static_cast<std::uint32_t>(id);
        }
        rules.push_back(rule);
    }
    std::sort(rules.begin(), rules.end());
    return rules;
}

std::string attribute_of(const std::vector<Rule>& rules) {
    std::string text;
    append(text, acl_version, 4);
    for (const Rule& rule : rules) {
        append(text, rule.tag, 2);
        append(text, rule.permissions, 2);
        append(text, rule.id, 4);
    }
    return text;
}

} // namespace

AclXattrs read_acls(archive_entry* entry) {
    AclXattrs found;
    for (const auto& [type, attribute] :
         {std::pair(ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access"),
          std::pair(ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default")}) {
        bool has_names = false;
        const std::vector<Rule> rules = rules_of(entry, type, has_names);
        // The three rules that every file has are its mode.
        constexpr std::size_t rules_of_mode = 3;
        const bool is_mode = type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS && rules.size() <= rules_of_mode;
        if (has_names) {
            found.has_names = true;
        } else if (!rules.empty() && !is_mode) {
            found.xattrs.emplace_back(attribute, attribute_of(rules));
        }
    }
    return found;
}

} // namespace imgbuild::archive
