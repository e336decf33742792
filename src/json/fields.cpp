// SPDX-License-Identifier: Apache-2.0
#include "json/fields.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace imgbuild::json {

namespace {

[[noreturn]] void
refuse(const std::string& where, const std::string& key, const std::string& wanted) {
    throw base::Error(fmt::format("{}: \"{}\" is no {}", where, base::printable(key), wanted));
}

std::string text_of(const Value& value, const std::string& key, const std::string& where) {
    if (!value.is_string()) {
        refuse(where, key, "text");
    }
    return value.get<std::string>();
}

const Value* object_member(const Value& object, const std::string& key, const std::string& where) {
    const Value* const found = find_member(object, key, where);
    if (found != nullptr && !found->is_object()) {
        refuse(where, key, "object");
    }
    return found;
}

} // namespace

void require_object(const Value& value, const std::string& where) {
    if (!value.is_object()) {
        throw base::Error(fmt::format("{}: is no JSON object", where));
    }
}

const Value* find_member(const Value& object, const std::string& key, const std::string& where) {
    require_object(object, where);
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_member(const Value& object, const std::string& key, const std::string& where) {
    const Value* const found = find_member(object, key, where);
    return found == nullptr ? "" : text_of(*found, key, where);
}

bool flag_member(const Value& object, const std::string& key, const std::string& where) {
    const Value* const found = find_member(object, key, where);
    if (found != nullptr && !found->is_boolean()) {
        refuse(where, key, "boolean");
    }
    return found != nullptr && found->get<bool>();
}

std::optional<std::uint64_t>
number_member(const Value& object, const std::string& key, const std::string& where) {
    const Value* const found = find_member(object, key, where);
    if (found == nullptr) {
        return std::nullopt;
    }
    if (!found->is_number_unsigned()) {
        refuse(where, key, "whole number");
    }
    return found->get<std::uint64_t>();
}

std::vector<std::string>
text_list_member(const Value& object, const std::string& key, const std::string& where) {
    std::vector<std::string> texts;
    for (const Value& value : list_member(object, key, where)) {
        texts.push_back(text_of(value, key, where));
    }
    return texts;
}

std::map<std::string, std::string>
text_map_member(const Value& object, const std::string& key, const std::string& where) {
    std::map<std::string, std::string> texts;
    if (const Value* const found = object_member(object, key, where)) {
        for (const auto& [name, value] : found->items()) {
            texts.emplace(name, value.is_null() ? "" : text_of(value, name, where));
        }
    }
    return texts;
}

std::vector<std::string>
names_member(const Value& object, const std::string& key, const std::string& where) {
    std::vector<std::string> names;
    if (const Value* const found = object_member(object, key, where)) {
        for (const auto& [name, value] : found->items()) {
            names.push_back(name);
        }
    }
    return names;
}

const Value& list_member(const Value& object, const std::string& key, const std::string& where) {
    static const Value none = Value::array();
    const Value* const found = find_member(object, key, where);
    if (found != nullptr && !found->is_array()) {
        refuse(where, key, "list");
    }
    return found == nullptr ? none : *found;
}

} // namespace imgbuild::json
