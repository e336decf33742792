// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "description/section_readers.hpp"
#include "description/words.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace imgbuild::description {

namespace {

using xml::Element;

User read_user(const Element& element) {
    User user;
    const NamedItem name = read_word(element, "name");
    user.name = name.name;
    user.position = name.position;
    user.password = element.attribute("password").value_or("");
    user.password_position = read_word(element, "password").position;
    user.password_is_plain = read_text(element, "pwdformat") == "plain";
    if (const std::string id = read_text(element, "id"); !id.empty()) {
        // A number that does not fit becomes the one id that no account can have; checks refuse it.
        constexpr std::uint64_t no_id = std::numeric_limits<std::uint32_t>::max();
        user.id =
            static_cast<std::uint32_t>(std::min(base::parse_number(id).value_or(no_id), no_id));
    }
    for (NamedItem& group : read_list(element, "groups")) {
        user.groups.push_back(std::move(group.name));
        user.group_positions.push_back(std::move(group.position));
    }
    user.home = read_text(element, "home");
    user.shell = read_text(element, "shell");
    user.real_name = read_text(element, "realname");
    return user;
}

} // namespace

UsersSection read_users(const xml::Element& element) {
    UsersSection section;
    section.filter = read_filter(element);
    for (const xml::Element& user : element.children("user")) {
        section.users.push_back(read_user(user));
    }
    return section;
}

} // namespace imgbuild::description
