// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "build/inputs.hpp"
#include "build/stage.hpp"

namespace imgbuild::build {

/// Groups, users, keytable, locale and time zone, in kiwi's order.
class AccountsStage final : public Stage {
public:
    explicit AccountsStage(const Inputs& inputs);

    /// True if the description asks for any of it.
    static bool has_work(const Inputs& inputs);

    std::string name() const override { return "accounts"; }

    std::string title() const override {
        return "setting up users, keyboard, locale and time zone";
    }

    void describe(KeyInputs& inputs) const override;
    void run(const StageContext& stage) override;

private:
    void add_users(const StageContext& stage) const;
    void set_keytable(const StageContext& stage) const;
    void set_locale(const StageContext& stage) const;
    void set_timezone(const StageContext& stage) const;

    const Inputs& inputs_;
};

} // namespace imgbuild::build
