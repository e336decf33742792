// SPDX-License-Identifier: Apache-2.0
#include "package/base_packages.hpp"

#include <string_view>
#include <unordered_map>

namespace imgbuild::package {
namespace {

class Closure {
public:
    explicit Closure(const std::vector<const PackageRecord*>& chosen)
        : chosen_(chosen)
        , taken_(chosen.size(), false) {
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            by_name_[chosen[i]->name].push_back(i);
            for (const auto& group : dependency_names(chosen[i]->provides)) {
                for (const std::string_view name : group) {
                    by_name_[name].push_back(i);
                }
            }
        }
    }

    void take(std::size_t first) {
        std::vector<std::size_t> waiting = {first};
        while (!waiting.empty()) {
            const std::size_t number = waiting.back();
            waiting.pop_back();
            if (taken_[number]) {
                continue;
            }
            taken_[number] = true;
            add_dependencies(chosen_[number]->pre_depends, waiting);
            add_dependencies(chosen_[number]->depends, waiting);
        }
    }

    std::vector<std::size_t> result() const {
        std::vector<std::size_t> numbers;
        for (std::size_t i = 0; i < taken_.size(); ++i) {
            if (taken_[i]) {
                numbers.push_back(i);
            }
        }
        return numbers;
    }

private:
    void add_dependencies(std::string_view field, std::vector<std::size_t>& waiting) const {
        for (const auto& group : dependency_names(field)) {
            for (const std::string_view name : group) {
                const auto found = by_name_.find(name);
                if (found != by_name_.end()) {
                    waiting.insert(waiting.end(), found->second.begin(), found->second.end());
                    break;
                }
            }
        }
    }

    const std::vector<const PackageRecord*>& chosen_;
    std::unordered_map<std::string_view, std::vector<std::size_t>> by_name_;
    std::vector<bool> taken_;
};

} // namespace

std::vector<std::size_t> base_packages(const std::vector<const PackageRecord*>& chosen) {
    Closure closure(chosen);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (chosen[i]->essential) {
            closure.take(i);
        }
    }
    return closure.result();
}

} // namespace imgbuild::package
