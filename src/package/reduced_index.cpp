// SPDX-License-Identifier: Apache-2.0
#include "package/reduced_index.hpp"

#include "package/deb822.hpp"

#include <array>
#include <cstdint>
#include <unordered_set>
#include <utility>

namespace imgbuild::package {
namespace {

/// Every field that names other packages, but Provides: who provides a name is never a stub.
std::array<std::pair<std::string_view, std::string_view>, 8> mentions(const PackageRecord& record) {
    return {{
        {"Pre-Depends", record.pre_depends},
        {"Depends", record.depends},
        {"Recommends", record.recommends},
        {"Suggests", record.suggests},
        {"Enhances", record.enhances},
        {"Conflicts", record.conflicts},
        {"Breaks", record.breaks},
        {"Replaces", record.replaces},
    }};
}

/// Follows dependencies from some names to all packages that may satisfy them.
class Search {
public:
    Search(const PackagesIndex& index, bool with_recommended)
        : index_(index)
        , with_recommended_(with_recommended)
        , is_reached_(index.records().size()) {}

    void add_name(std::string_view name) {
        if (names_.insert(name).second) {
            waiting_.push_back(name);
        }
    }

    void run() {
        while (!waiting_.empty()) {
            const std::string_view name = waiting_.back();
            waiting_.pop_back();
            for (const std::uint32_t number : index_.named(name)) {
                add_record(number);
            }
            for (const std::uint32_t number : index_.providers(name)) {
                add_record(number);
            }
        }
    }

    bool is_reached(std::uint32_t number) const { return is_reached_[number]; }

    bool knows(std::string_view name) const { return names_.contains(name); }

private:
    void add_record(std::uint32_t number) {
        if (is_reached_[number]) {
            return;
        }
        is_reached_[number] = true;
        const PackageRecord& record = index_.records()[number];
        add_name(record.name);
        add_names_of(record.pre_depends);
        add_names_of(record.depends);
        if (with_recommended_) {
            add_names_of(record.recommends);
        }
    }

    void add_names_of(std::string_view field) {
        for (const std::vector<std::string_view>& group : dependency_names(field)) {
            for (const std::string_view name : group) {
                add_name(name);
            }
        }
    }

    const PackagesIndex& index_;
    bool with_recommended_;
    std::vector<bool> is_reached_;
    std::unordered_set<std::string_view> names_;
    std::vector<std::string_view> waiting_;
};

/// Writes the stanzas, and remembers which names apt has met.
class Writer {
public:
    Writer(const Search& search, std::size_t files)
        : search_(search)
        , texts_(files) {}

    void add(const PackageRecord& record, bool is_reached) {
        if (is_reached) {
            meet(record.name);
            for (const auto& [field, value] : mentions(record)) {
                for (const std::vector<std::string_view>& group : dependency_names(value)) {
                    for (const std::string_view name : group) {
                        meet(name);
                    }
                }
            }
            texts_[record.file] += record.stanza;
            texts_[record.file] += "\n\n";
            return;
        }
        std::string fields;
        for (const auto& [field, value] : mentions(record)) {
            if (const std::string first = first_mentions(value); !first.empty()) {
                fields += std::string(field) + ": " + first + "\n";
            }
        }
        if (!fields.empty()) {
            texts_[record.file] += stub(record, fields);
        }
    }

    std::vector<std::string> finish() { return std::move(texts_); }

private:
    /// @returns true if the name is one that counts, and was not met before.
    bool meet(std::string_view name) { return search_.knows(name) && met_.insert(name).second; }

    std::string first_mentions(std::string_view value) {
        std::string text;
        for (const std::vector<std::string_view>& group : dependency_names(value)) {
            for (const std::string_view name : group) {
                if (meet(name)) {
                    text += (text.empty() ? "" : ", ") + std::string(name);
                }
            }
        }
        return text;
    }

    static std::string stub(const PackageRecord& record, const std::string& fields) {
        std::string text;
        for (const auto& [field, value] : {
                 std::pair{"Package", record.name},
                 std::pair{"Version", record.version},
                 std::pair{"Architecture", record.architecture},
                 std::pair{"Filename", record.filename},
             }) {
            text += std::string(field) + ": " + std::string(value) + "\n";
        }
        return text + fields + "\n";
    }

    const Search& search_;
    std::vector<std::string> texts_;
    std::unordered_set<std::string_view> met_;
};

} // namespace

std::vector<std::string> reduced_index(
    const PackagesIndex& index,
    std::size_t files,
    const std::set<std::string, std::less<>>& names,
    bool with_recommended) {
    Search search(index, with_recommended);
    for (const std::string& name : names) {
        search.add_name(name);
    }
    search.run();
    Writer writer(search, files);
    for (std::uint32_t number = 0; number < index.records().size(); ++number) {
        writer.add(index.records()[number], search.is_reached(number));
    }
    return writer.finish();
}

std::set<std::string, std::less<>> names_in_status(std::string_view status) {
    std::set<std::string, std::less<>> names;
    Deb822Reader reader(status);
    while (reader.next_stanza()) {
        while (const std::optional<Deb822Field> field = reader.next_field()) {
            if (field->name != "Package" && field->name != "Depends" &&
                field->name != "Pre-Depends" && field->name != "Recommends") {
                continue;
            }
            for (const std::vector<std::string_view>& group : dependency_names(field->value)) {
                names.insert(group.begin(), group.end());
            }
        }
    }
    return names;
}

} // namespace imgbuild::package
