// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "package/pending_triggers.hpp"
#include "package/raw_deb.hpp"
#include "root/root.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace imgbuild::package {

/// dpkg's database (/var/lib/dpkg) of a root in which packages are being unpacked for the first time,
/// written as dpkg would write it in one run. dpkg runs on it between the steps, and for single packages
/// between others, too.
class DpkgDatabase {
public:
    /// @param root outlives the database.
    explicit DpkgDatabase(const root::Root& root);

    /// Reads what dpkg and scripts have left; packages are unpacked now.
    void begin();

    /// Writes what dpkg would have written at the end of its run.
    void finish();

    /// Writes everything for dpkg, which is to unpack one package in the middle.
    void hand_over();

    /// dpkg has unpacked it: reads everything again.
    void take_back(const RawDeb& deb);

    /// Reads what a script may have changed.
    void load();

    /// Why a package, which has no problem of its own, can't be unpacked natively in this root, as a
    /// clause ("it …"); nothing if it can.
    std::optional<std::string> obstacle(const RawDeb& deb) const;

    /// The files of a package whose preinst script is about to run, in the place that dpkg has for them;
    /// it counts as half installed from now on.
    void lay_out_scripts(const RawDeb& deb);
    void remove_scripts();

    /// A package's files are in the root: makes it unpacked.
    void add_unpacked(const RawDeb& deb);

    /// Where `lay_out_scripts` puts them, in the root.
    static constexpr std::string_view scripts_place = "var/lib/dpkg/tmp.ci";

private:
    /// A trigger, and those who await that it is acted on ("-": nobody).
    struct Activation {
        std::string trigger;
        std::vector<std::string> awaiters;
    };

    void load_earlier_paths();
    void write_info(const RawDeb& deb) const;
    void write_list(const RawDeb& deb) const;
    void note_files(const RawDeb& deb);
    void activate(const RawDeb& deb);
    void add_interests(const RawDeb& deb);
    static void await(
        std::vector<Activation>& activations,
        const std::string& trigger,
        const std::string& awaiter);
    void save(const std::vector<Activation>& activations);
    std::vector<Activation> all_activations() const;
    std::vector<TriggerEvent> events(const std::vector<Activation>& activations) const;
    std::string info_place(const RawDeb& deb, std::string_view name) const;

    const root::Root& root_;
    std::string status_;
    /// The half-installed package.
    std::string unfinished_;
    /// Packages that have a status, "name:architecture" each.
    std::unordered_set<std::string> known_;
    /// Paths with leading slash: of what packages unpacked here have besides directories, and of all that
    /// earlier ones have.
    std::unordered_set<std::string> files_;
    std::unordered_set<std::string> earlier_paths_;
    /// Paths that diversions and overrides of owner and mode speak of.
    std::unordered_set<std::string> special_;
    /// Lines of triggers/File, and the paths in them.
    std::string interests_;
    std::unordered_set<std::string> interesting_;
    /// In the order of time; not yet written.
    std::vector<Activation> activations_;
    /// dpkg has read the status in what counts as this run.
    bool is_read_ = false;
    /// A package that is in danger of being taken for replaced by any later one.
    std::string only_directories_;
};

} // namespace imgbuild::package
