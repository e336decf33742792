// SPDX-License-Identifier: Apache-2.0
#include "support/fault_text.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace imgbuild::test {

namespace {

std::uint64_t number(std::string_view key, std::string_view value) {
    const std::optional<std::uint64_t> parsed = base::parse_number(value);
    if (!parsed) {
        throw base::UsageError(fmt::format("fault: {} needs a number, not '{}'", key, value));
    }
    return *parsed;
}

Fault::Ending ending(std::string_view value) {
    if (value == "close") {
        return Fault::Ending::close;
    }
    if (value == "reset") {
        return Fault::Ending::reset;
    }
    if (value == "stall") {
        return Fault::Ending::stall;
    }
    if (value == "dribble") {
        return Fault::Ending::dribble;
    }
    throw base::UsageError(fmt::format("fault: unknown ending '{}'", value));
}

void add_header(Fault& fault, std::string_view value) {
    const std::size_t equals = value.find('=');
    if (equals == std::string_view::npos) {
        throw base::UsageError("fault: header needs NAME=VALUE");
    }
    fault.headers.emplace_back(value.substr(0, equals), value.substr(equals + 1));
}

bool apply_flag(Fault& fault, std::string_view key) {
    if (key == "wrong-bytes") {
        fault.wrong_bytes = true;
    } else if (key == "ignore-range") {
        fault.ignore_range = true;
    } else if (key == "chunked") {
        fault.chunked = true;
    } else if (key == "no-validators") {
        fault.no_validators = true;
    } else if (key == "no-length") {
        fault.no_length = true;
    } else {
        return false;
    }
    return true;
}

void apply(FaultOrder& order, std::string_view key, std::string_view value) {
    Fault& fault = order.fault;
    if (key == "status") {
        fault.status = static_cast<int>(number(key, value));
    } else if (key == "body") {
        fault.body = value;
    } else if (key == "delay") {
        fault.delay = std::chrono::milliseconds(number(key, value));
    } else if (key == "after") {
        fault.after = number(key, value);
    } else if (key == "ending") {
        fault.ending = ending(value);
    } else if (key == "length") {
        fault.announced_size = number(key, value);
    } else if (key == "times") {
        order.times = static_cast<unsigned>(number(key, value));
    } else if (!apply_flag(fault, key)) {
        throw base::UsageError(fmt::format("fault: unknown key '{}'", key));
    }
}

} // namespace

FaultOrder parse_fault(std::string_view text) {
    FaultOrder order;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        throw base::UsageError("fault: needs PATH:key=value,…");
    }
    order.path = text.substr(0, colon);
    std::string_view rest = text.substr(colon + 1);
    constexpr std::string_view header_key = "header=";
    while (!rest.empty()) {
        if (rest.substr(0, header_key.size()) == header_key) {
            add_header(order.fault, rest.substr(header_key.size()));
            break;
        }
        const std::string_view part = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
        const std::size_t equals = part.find('=');
        apply(
            order,
            part.substr(0, equals),
            equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1));
    }
    return order;
}

} // namespace imgbuild::test
