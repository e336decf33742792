// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The codes of what this folder finds wrong with a document. They are stable: editors and CI match
 * on them. docs/codes.md explains each.
 */
#pragma once

#include <string_view>

namespace imgbuild::xml::code {

inline constexpr std::string_view invalid = "E100";
inline constexpr std::string_view unknown_element = "E101";
inline constexpr std::string_view unknown_attribute = "E102";
inline constexpr std::string_view missing_element = "E103";
inline constexpr std::string_view missing_attribute = "E104";
inline constexpr std::string_view bad_value = "E105";
inline constexpr std::string_view misplaced_element = "E106";
inline constexpr std::string_view too_many_elements = "E107";
inline constexpr std::string_view unexpected_text = "E108";
inline constexpr std::string_view exclusive_attributes = "E109";

inline constexpr std::string_view not_well_formed = "E110";
inline constexpr std::string_view mismatched_tag = "E111";
inline constexpr std::string_view unclosed_element = "E112";
inline constexpr std::string_view attribute_syntax = "E113";
inline constexpr std::string_view duplicate_attribute = "E114";
inline constexpr std::string_view bad_reference = "E115";
inline constexpr std::string_view bad_character = "E116";
inline constexpr std::string_view unknown_encoding = "E117";
inline constexpr std::string_view undeclared_prefix = "E118";
inline constexpr std::string_view one_root = "E119";

inline constexpr std::string_view too_large = "E120";
inline constexpr std::string_view too_deep = "E121";
inline constexpr std::string_view too_many_attributes = "E122";
inline constexpr std::string_view entity_expansion = "E123";
inline constexpr std::string_view external_entity = "E124";
inline constexpr std::string_view parameter_entity = "E125";
inline constexpr std::string_view reserved_namespace = "E126";
inline constexpr std::string_view too_costly = "E127";
inline constexpr std::string_view wrong_namespace = "E128";
inline constexpr std::string_view value_too_long = "E129";

} // namespace imgbuild::xml::code
