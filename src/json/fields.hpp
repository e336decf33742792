// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Members of JSON objects that came from outside. A member that is missing or null gives what an empty
 * one gives (Go's programs write null for empty lists); one of another type is an error that names it.
 * Only .cpp files include this header.
 */
#pragma once

#include "json/json.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::json {

/// @param where names the object in messages; so for all of these.
/// @throws base::Error if `value` is no object.
void require_object(const Value& value, const std::string& where);

/// Nothing if it is missing or null. The result lives as long as `object`.
const Value* find_member(const Value& object, const std::string& key, const std::string& where);

std::string text_member(const Value& object, const std::string& key, const std::string& where);
bool flag_member(const Value& object, const std::string& key, const std::string& where);

/// A whole number that is not negative.
std::optional<std::uint64_t>
number_member(const Value& object, const std::string& key, const std::string& where);

std::vector<std::string>
text_list_member(const Value& object, const std::string& key, const std::string& where);

/// Members of an object whose values are all text.
std::map<std::string, std::string>
text_map_member(const Value& object, const std::string& key, const std::string& where);

/// The names of an object's members.
std::vector<std::string>
names_member(const Value& object, const std::string& key, const std::string& where);

/// The elements of a list; none if it is missing.
const Value& list_member(const Value& object, const std::string& key, const std::string& where);

} // namespace imgbuild::json
