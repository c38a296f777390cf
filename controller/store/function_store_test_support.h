// A function store on an in-memory database that can be made to fail, and what fills it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "controller/store/function_store.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {

inline constexpr int64_t kCodeLimit = 1000;
inline const FunctionId kHello{"000000000000", "hello"};

// Answers an error to every write while `fail` is set.
class FailingDatabase final : public Database {
 public:
  absl::StatusOr<std::string> Get(std::string_view key) const override { return inner_->Get(key); }
  absl::StatusOr<std::vector<KeyValue>> Scan(std::string_view prefix, std::string_view after,
                                             size_t limit) const override {
    return inner_->Scan(prefix, after, limit);
  }
  absl::Status Write(const WriteBatch& batch, WriteSync sync) override {
    if (fail) return absl::ResourceExhaustedError("full");
    return inner_->Write(batch, sync);
  }
  bool fail = false;

 private:
  std::unique_ptr<Database> inner_ = MakeMemoryDatabase();
};

class FunctionStoreTest : public testing::Test {
 protected:
  void Reopen() {
    catalog_ = std::make_unique<Catalog>();
    store_ = *FunctionStore::Open(database_, *catalog_, clock_, kCodeLimit);
  }
  records::Function Function(const std::string& name, const std::string& code, int64_t code_bytes = 10) {
    records::Function function;
    function.mutable_latest()->set_account(kHello.account);
    function.mutable_latest()->set_name(name);
    function.mutable_latest()->set_version("$LATEST");
    function.mutable_latest()->set_state(records::FunctionVersion::ACTIVE);
    function.mutable_latest()->set_code_sha256_hex(code);
    function.mutable_latest()->set_code_bytes(code_bytes);
    return function;
  }
  void Create(const std::string& name, const std::string& code, int64_t code_bytes = 10) {
    const absl::StatusOr<CodePin> pin = store_->ReserveCode(code, code_bytes, code_bytes);
    ASSERT_TRUE(pin.ok());
    ASSERT_TRUE(store_->Create(Function(name, code, code_bytes)).ok());
  }
  std::vector<std::string> Sweep(std::chrono::seconds grace) {
    std::vector<std::string> removed;
    EXPECT_TRUE(store_
                    ->SweepCode(grace,
                                [&](const std::string& code) {
                                  removed.push_back(code);
                                  return absl::OkStatus();
                                })
                    .ok());
    return removed;
  }

  FakeClock clock_;
  FailingDatabase database_;
  std::unique_ptr<Catalog> catalog_ = std::make_unique<Catalog>();
  std::unique_ptr<FunctionStore> store_ = *FunctionStore::Open(database_, *catalog_, clock_, kCodeLimit);
};

class RelativesTest : public FunctionStoreTest {
 protected:
  RelativesTest() { Create("hello", "c1"); }
  records::FunctionVersion Version(const std::string& number, const std::string& code = "c1") {
    records::FunctionVersion version = Function("hello", code).latest();
    version.set_version(number);
    version.set_environment_key("key of " + number);
    return version;
  }
  records::Alias Alias(const std::string& name, const std::string& version) {
    records::Alias alias;
    alias.set_name(name);
    alias.set_function_version(version);
    return alias;
  }
  void Edit(const FunctionStore::Step& step) {
    const absl::Status edited = store_->Edit(kHello, step).status();
    ASSERT_TRUE(edited.ok()) << edited;
  }
  // Versions 1 and 2, the alias "live" of version 1, and a row of another room.
  void Fill() {
    Edit([&](FunctionEdit& edit) {
      edit.others.Put(FunctionPolicyKey(kHello.account, kHello.name, "1"), "policy");
      EXPECT_TRUE(edit.PutVersion(Version("1")).ok());
      EXPECT_TRUE(edit.PutVersion(Version("2")).ok());
      return edit.PutAlias(Alias("live", "1"));
    });
  }
  std::vector<KeyValue> Rows() { return *database_.Scan(kRelativePrefix, "", 100); }
  std::string Serving(const std::string& qualifier) {
    const FunctionVersionPtr found = catalog_->FindServing(kHello.account, kHello.name, qualifier);
    return found == nullptr ? "none" : found->version();
  }
};

}  // namespace hearth::controller
