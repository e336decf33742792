// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "cli/cache_warm.hpp"
#include "cli/commands.hpp"
#include "cli/runtime.hpp"
#include "cli/workshop.hpp"
#include "json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <optional>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

/// "10G", "500M", "1234": bytes, powers of 1000.
std::uint64_t parse_size(const std::string& text) {
    const std::map<char, std::uint64_t> units = {
        {'k', 1'000},
        {'K', 1'000},
        {'M', 1'000'000},
        {'G', 1'000'000'000},
        {'T', 1'000'000'000'000}};
    const auto unit = text.empty() ? units.end() : units.find(text.back());
    const auto number =
        base::parse_number(unit == units.end() ? text : text.substr(0, text.size() - 1));
    const std::uint64_t factor = unit == units.end() ? 1 : unit->second;
    if (!number || *number > UINT64_MAX / factor) {
        throw base::UsageError(fmt::format("\"{}\" is no size such as 500M or 20G", text));
    }
    return *number * factor;
}

/// "30d", "12h", "3600": seconds.
std::int64_t parse_age(const std::string& text) {
    const std::map<char, std::uint64_t> units = {
        {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    const auto unit = text.empty() ? units.end() : units.find(text.back());
    const auto number =
        base::parse_number(unit == units.end() ? text : text.substr(0, text.size() - 1));
    if (!number || *number > 1'000'000'000) {
        throw base::UsageError(fmt::format("\"{}\" is no age such as 12h or 30d", text));
    }
    return static_cast<std::int64_t>(*number * (unit == units.end() ? 1 : unit->second));
}

std::string age_text(std::int64_t last_used) {
    const std::int64_t seconds = std::max<std::int64_t>(0, base::now() - last_used);
    if (seconds < 3600) {
        return fmt::format("{} min", seconds / 60);
    }
    return seconds < 172800 ? fmt::format("{} h", seconds / 3600)
                            : fmt::format("{} d", seconds / 86400);
}

void print_list(const std::vector<store::StoreEntry>& entries, bool with_all) {
    struct Total {
        std::size_t count = 0;
        std::uint64_t bytes = 0;
    };

    std::map<std::string, Total> totals;
    for (const store::StoreEntry& entry : entries) {
        Total& total = totals[entry.kind];
        ++total.count;
        total.bytes += entry.bytes;
        // Layers are few and mean something to a person; the others are many and do not.
        if (with_all || entry.kind == "layer") {
            std::cout << fmt::format(
                "{:<9} {:<14} {:>9}  {:>7}  {}\n",
                entry.kind,
                entry.key.substr(0, 12),
                base::format_bytes(entry.bytes),
                age_text(entry.last_used),
                base::printable(entry.description));
        }
    }
    for (const auto& [kind, total] : totals) {
        std::cout << fmt::format(
            "{:<9} {:>6} entries {:>9}\n", kind, total.count, base::format_bytes(total.bytes));
    }
}

json::Value list_to_json(const std::vector<store::StoreEntry>& entries) {
    json::Value document = json::Value::array();
    for (const store::StoreEntry& entry : entries) {
        document.push_back(
            {{"kind", entry.kind},
             {"key", entry.key},
             {"bytes", entry.bytes},
             {"last_used", entry.last_used},
             {"description", entry.description}});
    }
    return document;
}

class CacheCommand final : public Command {
public:
    std::string name() const override { return "cache"; }

    std::string summary() const override { return "Look after the store"; }

    std::string examples() const override {
        return "  imgbuild cache list\n"
               "  imgbuild cache verify --store /var/cache/imgbuild\n"
               "  imgbuild cache prune --older-than 30d --max-size 20G\n"
               "  imgbuild cache warm descriptions/debian-node\n"
               "      compress its last root as --compression=small does, for a later build";
    }

    void declare(CLI::App& app) override {
        app.require_subcommand(1);
        list_ = app.add_subcommand("list", "Show what the store holds");
        list_->add_flag("--all", with_all_, "Also list all other kinds one by one");
        list_->add_flag("--json", as_json_, "Print everything as JSON");
        verify_ = app.add_subcommand("verify", "Read everything and set aside what is damaged");
        prune_ = app.add_subcommand(
            "prune", "Remove what was not used for long, or until the store is small");
        prune_
            ->add_option(
                "--older-than", age_, "Remove what was not used for this long, such as 30d")
            ->type_name("AGE");
        prune_
            ->add_option(
                "--max-size",
                size_,
                "Remove the least recently used until the store has this size, such as 20G")
            ->type_name("SIZE");
        warm_ = app.add_subcommand(
            "warm", "Compress what was built for another level, while the machine is idle");
        warmer_.declare(*warm_);
        for (CLI::App* verb : {list_, verify_, prune_, warm_}) {
            verb->fallthrough();
        }
    }

    int run(const GlobalOptions& options) override {
        if (warm_->parsed()) {
            return warmer_.run(options);
        }
        Runtime runtime(options, Runtime::Privileges::build_roots);
        const store::Store store = open_store(runtime.store_path(), runtime.context());
        if (list_->parsed()) {
            if (as_json_) {
                std::cout << json::dump(list_to_json(store.list()));
            } else {
                print_list(store.list(), with_all_);
            }
            return 0;
        }
        return verify_->parsed() ? verify(store, runtime.context())
                                 : prune(store, runtime.context());
    }

private:
    static int verify(const store::Store& store, const base::Context& context) {
        const std::vector<std::string> damaged = store.verify(context);
        for (const std::string& line : damaged) {
            std::cout << base::printable(line) << '\n';
        }
        std::cout << (damaged.empty()
                          ? std::string("everything in the store is as it should be")
                          : fmt::format(
                                "{} set aside",
                                damaged.size() == 1
                                    ? "one damaged entry was"
                                    : fmt::format("{} damaged entries were", damaged.size())))
                  << '\n';
        return static_cast<int>(damaged.empty() ? base::ExitCode::ok : base::ExitCode::pack);
    }

    int prune(const store::Store& store, const base::Context& context) const {
        if (age_.empty() && size_.empty()) {
            base::UsageError error("cache prune needs to know what to remove");
            error.set_hint("give --older-than AGE, --max-size SIZE, or both");
            throw error;
        }
        const std::uint64_t freed = store.prune(
            age_.empty() ? std::nullopt : std::optional(parse_age(age_)),
            size_.empty() ? std::nullopt : std::optional(parse_size(size_)),
            context);
        std::cout << fmt::format("freed {}\n", base::format_bytes(freed));
        return 0;
    }

    CLI::App* list_ = nullptr;
    CLI::App* verify_ = nullptr;
    CLI::App* prune_ = nullptr;
    CLI::App* warm_ = nullptr;
    CacheWarm warmer_;
    bool with_all_ = false;
    bool as_json_ = false;
    std::string age_;
    std::string size_;
};

} // namespace

std::unique_ptr<Command> make_cache_command() {
    return std::make_unique<CacheCommand>();
}

} // namespace imgbuild::cli
