// A function "hello" with the versions 1 and 2 and the alias "live", which points to 1.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "controller/provisioned/provisioned_configs.h"

namespace hearth::controller {

inline const FunctionId kHello{"000000000000", "hello"};

class ProvisionedFixture : public testing::Test {
 protected:
  ProvisionedFixture() {
    records::Function function;
    *function.mutable_latest() = Version("$LATEST");
    EXPECT_TRUE(functions_->Create(function).ok());
    EXPECT_TRUE(functions_
                    ->Edit(kHello,
                           [](FunctionEdit& edit) {
                             const absl::Status first = edit.PutVersion(Version("1"));
                             return first.ok() ? edit.PutVersion(Version("2")) : first;
                           })
                    .ok());
    PointLiveTo("1");
  }
  static records::FunctionVersion Version(const std::string& number) {
    records::FunctionVersion version;
    version.set_account(kHello.account);
    version.set_name(kHello.name);
    version.set_version(number);
    version.set_runtime("python3.11");
    version.set_architecture("x86_64");
    version.set_memory_mb(128);
    version.set_environment_key("key-" + number);
    return version;
  }
  void PointLiveTo(const std::string& version, const std::string& additional = "", double weight = 0) {
    const auto step = [&](FunctionEdit& edit) {
      records::Alias live;
      live.set_name("live");
      live.set_function_version(version);
      live.set_additional_version(additional);
      live.set_additional_weight(weight);
      return edit.PutAlias(live);
    };
    EXPECT_TRUE(functions_->Edit(kHello, step).ok());
  }
  records::ProvisionedConcurrency Config(const std::string& qualifier, int64_t requested) const {
    records::ProvisionedConcurrency config;
    config.set_account(kHello.account);
    config.set_function_name(kHello.name);
    config.set_qualifier(qualifier);
    config.set_requested(requested);
    config.set_last_modified_ms(1);
    return config;
  }
  absl::Status Put(const std::string& qualifier, int64_t requested) {
    return configs_->Put(Config(qualifier, requested), [](const FunctionEdit&) { return absl::OkStatus(); });
  }

  FakeClock clock_;
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  Catalog catalog_;
  const std::unique_ptr<FunctionStore> functions_ = *FunctionStore::Open(*database_, catalog_, clock_, 1 << 30);
  const std::unique_ptr<ProvisionedConfigs> configs_ = *ProvisionedConfigs::Open(*database_, *functions_);
};

}  // namespace hearth::controller
