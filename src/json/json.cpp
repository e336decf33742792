// SPDX-License-Identifier: Apache-2.0
#include "json/json.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace imgbuild::json {

namespace {

/// Far more than any document we read has; the parser's recursion must not end in a broken stack.
constexpr int depth_limit = 200;

/// Where the byte at `offset` stands; columns count characters.
base::Position position_of(std::string_view text, std::size_t offset, const std::string& name) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    const std::string_view line =
        newline == std::string_view::npos ? before : before.substr(newline + 1);
    const auto characters = std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
    return {name, static_cast<int>(lines) + 1, static_cast<int>(characters) + 1};
}

/// The part of nlohmann's message that says what is wrong, without its own numbers and positions:
/// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …".
std::string cause_of(const Value::exception& error) {
    std::string_view text = error.what();
    for (const std::string_view end : {"] ", ": "}) {
        const std::size_t found = text.find(end);
        if (found != std::string_view::npos) {
            text.remove_prefix(found + end.size());
        }
    }
    return std::string(text);
}

/// The place stands in the message: a position of the error's own would hide that of the description
/// which needs this document.
[[noreturn]] void fail(const base::Position& position, const std::string& cause) {
    throw base::Error(fmt::format("{}: not valid JSON: {}", base::to_string(position), cause));
}

/// @param check also called for each event; throws base::Error.
Value parse_checked(
    std::string_view text,
    const std::string& name,
    const std::function<void(int, Value::parse_event_t, const Value&)>& check) {
    const auto check_event = [&check](int depth, Value::parse_event_t event, const Value& value) {
        if (depth > depth_limit) {
            throw base::Error("nested too deeply");
        }
        check(depth, event, value);
        return true;
    };
    try {
        return Value::parse(text, check_event);
    } catch (const Value::parse_error& error) {
        // The byte after which parsing stopped, counted from 1.
        fail(position_of(text, error.byte == 0 ? 0 : error.byte - 1, name), cause_of(error));
    } catch (const Value::exception& error) {
        fail({name, 0, 0}, cause_of(error));
    } catch (base::Error& error) {
        fail({name, 0, 0}, error.message());
    }
}

} // namespace

Value parse(std::string_view text, const std::string& name) {
    return parse_checked(text, name, [](int, Value::parse_event_t, const Value&) {});
}

Value parse_once(std::string_view text, const std::string& name) {
    // The members so far of each object that is open.
    std::vector<std::set<std::string>> members;
    return parse_checked(
        text, name, [&members](int, Value::parse_event_t event, const Value& value) {
            if (event == Value::parse_event_t::object_start) {
                members.emplace_back();
            } else if (event == Value::parse_event_t::object_end) {
                members.pop_back();
            } else if (
                event == Value::parse_event_t::key &&
                !members.back().insert(value.get<std::string>()).second) {
                throw base::Error(
                    fmt::format("\"{}\" stands twice", base::printable(value.get<std::string>())));
            }
        });
}

std::string dump(const Value& value) {
    return value.dump(2, ' ', false, Value::error_handler_t::replace) + '\n';
}

std::string dump_line(const Value& value) {
    return value.dump(-1, ' ', false, Value::error_handler_t::replace);
}

} // namespace imgbuild::json
