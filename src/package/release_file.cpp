// SPDX-License-Identifier: Apache-2.0
#include "package/release_file.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "package/deb822.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace imgbuild::package {
namespace {

/// How far a mirror's clock, or ours, may be wrong.
constexpr std::int64_t clock_tolerance = 3600;

base::Error release_error(const std::string& name, const std::string& message) {
    return base::Error(fmt::format("{}: {}", name, message), base::ExitCode::fetch);
}

std::vector<std::string> words_of(std::string_view value) {
    std::vector<std::string> words;
    for (const std::string_view word : base::split_words(value)) {
        words.emplace_back(word);
    }
    return words;
}

std::int64_t date_of(const Deb822Field& field, const std::string& name) {
    const std::optional<std::int64_t> date = parse_release_date(field.value);
    if (!date) {
        throw release_error(
            name, fmt::format("{}: '{}' is not a time", field.name, base::printable(field.value)));
    }
    return *date;
}

void read_sums(std::string_view value, const std::string& name, ReleaseFile& release) {
    for (const std::string_view line : base::split_lines(value)) {
        const std::vector<std::string_view> words = base::split_words(line);
        if (words.empty()) {
            continue;
        }
        const auto digest = crypto::Digest::from_hex(words[0]);
        const auto size = words.size() == 3 ? base::parse_number(words[1]) : std::nullopt;
        if (!digest || !size) {
            throw release_error(
                name, fmt::format("not a SHA-256 sum: '{}'", base::printable(base::trim(line))));
        }
        const std::string_view path = words[2].starts_with("./") ? words[2].substr(2) : words[2];
        release.files.insert_or_assign(std::string(path), ReleaseEntry{*digest, *size});
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
    const std::int64_t shifted = month <= 2 ? year - 1 : year;
    const std::int64_t era = shifted / 400;
    const std::int64_t year_of_era = shifted - era * 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

std::optional<std::int64_t> number_below(std::string_view text, std::uint64_t limit) {
    const std::optional<std::uint64_t> number = base::parse_number(text);
    if (!number || *number >= limit) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*number);
}

} // namespace

std::optional<std::int64_t> parse_release_date(std::string_view text) {
    static constexpr std::array<std::string_view, 12> months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static constexpr std::array<std::string_view, 4> zones = {"UTC", "GMT", "Z", "+0000"};
    const std::vector<std::string_view> words = base::split_words(text);
    if (words.size() != 6 || std::find(zones.begin(), zones.end(), words[5]) == zones.end()) {
        return std::nullopt;
    }
    const auto* const month = std::find(months.begin(), months.end(), words[2]);
    const std::vector<std::string_view> clock = base::split(words[4], ':');
    if (month == months.end() || clock.size() != 3) {
        return std::nullopt;
    }
    const auto day = number_below(words[1], 32);
    const auto year = number_below(words[3], 10000);
    const auto hour = number_below(clock[0], 24);
    const auto minute = number_below(clock[1], 60);
    const auto second = number_below(clock[2], 61);
    if (!day || *day == 0 || !year || *year < 1970 || !hour || !minute || !second) {
        return std::nullopt;
    }
    const std::int64_t days = days_from_civil(*year, month - months.begin() + 1, *day);
    return ((days * 24 + *hour) * 60 + *minute) * 60 + *second;
}

ReleaseFile ReleaseFile::parse(std::string_view text, const std::string& name) {
    ReleaseFile release;
    Deb822Reader reader(text);
    if (!reader.next_stanza()) {
        throw release_error(name, "the file is empty");
    }
    bool all_in_each = false;
    while (const std::optional<Deb822Field> field = reader.next_field()) {
        if (same_field(field->name, "Suite")) {
            release.suite = field->value;
        } else if (same_field(field->name, "Codename")) {
            release.codename = field->value;
        } else if (same_field(field->name, "Components")) {
            release.components = words_of(field->value);
        } else if (same_field(field->name, "Architectures")) {
            release.architectures = words_of(field->value);
        } else if (same_field(field->name, "Date")) {
            release.date = date_of(*field, name);
        } else if (same_field(field->name, "Valid-Until")) {
            release.valid_until = date_of(*field, name);
        } else if (same_field(field->name, "Acquire-By-Hash")) {
            release.acquire_by_hash = base::to_lower(field->value) == "yes";
        } else if (same_field(field->name, "No-Support-for-Architecture-all")) {
            all_in_each = field->value == "Packages";
        } else if (same_field(field->name, "SHA256")) {
            read_sums(field->value, name, release);
        }
    }
    release.all_apart =
        !all_in_each &&
        std::find(release.architectures.begin(), release.architectures.end(), "all") !=
            release.architectures.end();
    if (release.files.empty()) {
        throw release_error(name, "there are no SHA-256 sums in it")
            .set_hint("the repository must be published with SHA256 sums (apt-ftparchive, "
                      "reprepro and aptly do so by themselves)");
    }
    return release;
}

void check_release_time(
    const ReleaseFile& release, std::int64_t now, bool allow_expired, const std::string& name) {
    if (release.date > now + clock_tolerance) {
        throw release_error(
            name, fmt::format("it was made in the future, at {}", base::format_utc(release.date)))
            .set_hint(fmt::format("set this machine's clock, it says {}", base::format_utc(now)));
    }
    if (release.valid_until && *release.valid_until < now && !allow_expired) {
        throw release_error(
            name, fmt::format("it expired at {}", base::format_utc(*release.valid_until)))
            .set_hint("the mirror is out of date: use another one, or accept old packages "
                      "with --allow-expired");
    }
}

} // namespace imgbuild::package
