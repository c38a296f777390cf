// A store as large as an installation may grow, opened again: everything is found, and the time it took is printed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "common/crypto.h"
#include "controller/store/function_store.h"
#include "controller/store/key_layout.h"

namespace hearth::controller {
namespace {

constexpr int kFunctions = 10000;
constexpr int kVersions = 10;
constexpr char kAccount[] = "000000000000";

std::string NameOf(int function) { return fmt::format("function-{:05}", function); }

// As large as a usual one: 600 bytes, with variables.
records::FunctionVersion Version(const std::string& name, int number) {
  records::FunctionVersion version;
  version.set_account(kAccount);
  version.set_region("eu-central-1");
  version.set_name(name);
  version.set_version(number == 0 ? "$LATEST" : std::to_string(number));
  version.set_runtime("python3.11");
  version.set_role("arn:aws:iam::000000000000:role/service/of-this-function");
  version.set_handler("package.module.handler");
  version.set_timeout_seconds(30);
  version.set_memory_mb(256);
  version.set_architecture("x86_64");
  version.set_code_sha256_hex(Sha256Hex(name));
  version.set_code_bytes(10);
  version.set_revision_id("5f2a4f0e-0f0a-4f63-9c12-1d1c5b9c2b11");
  version.set_log_group("/aws/lambda/" + name);
  version.set_state(records::FunctionVersion::ACTIVE);
  version.set_sealed_environment(std::string(200, 's'));
  version.set_runtime_version_arn("arn:aws:lambda:eu-central-1::runtime:" + Sha256Hex("runtime"));
  version.set_environment_key(fmt::format("{}-{}", name, number));
  return version;
}

void Fill(Database& database) {
  for (int i = 0; i < kFunctions; ++i) {
    const std::string name = NameOf(i);
    WriteBatch batch;
    records::Function function;
    *function.mutable_latest() = Version(name, 0);
    batch.Put(FunctionKey(kAccount, name), function.SerializeAsString());
    for (int number = 1; number <= kVersions; ++number) {
      batch.Put(FunctionVersionKey(kAccount, name, number), Version(name, number).SerializeAsString());
    }
    records::Alias alias;
    alias.set_name("live");
    alias.set_function_version(std::to_string(kVersions));
    batch.Put(FunctionAliasKey(kAccount, name, "live"), alias.SerializeAsString());
    ASSERT_TRUE(database.Write(batch, WriteSync::kBuffered).ok());
  }
}

// Of all threads; unlike the time on the wall it says something on a busy machine, too.
int64_t CpuMillis() { return static_cast<int64_t>(std::clock()) * 1000 / CLOCKS_PER_SEC; }

int64_t ResidentKib() {
  std::ifstream file("/proc/self/statm");
  int64_t pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * 4;
}

// HEARTH_LOAD_STORE names a folder where the store stays, for a controller to be started on it
// (tests/crash/test_large_store.py).
TEST(FunctionLoadTest, OpensTenThousandFunctionsOfTenVersionsAndFindsEach) {
  std::string pattern = testing::TempDir() + "/hearth-load-XXXXXX";
  const char* const kept = getenv("HEARTH_LOAD_STORE");
  const std::string folder = kept != nullptr ? kept : mkdtemp(pattern.data());
  {
    const std::unique_ptr<Database> database = *OpenDatabase({.directory = folder + "/db"});
    Fill(*database);
  }
  RealClock clock;
  const auto started = clock.Monotonic();
  const std::unique_ptr<Database> database = *OpenDatabase({.directory = folder + "/db"});
  const auto opened = clock.Monotonic();
  const int64_t cpu_opened = CpuMillis();
  const int64_t before_kib = ResidentKib();
  Catalog catalog;
  const std::unique_ptr<FunctionStore> store = *FunctionStore::Open(*database, catalog, clock, int64_t{1} << 40);
  const auto loaded = clock.Monotonic();
  fmt::print("database opened in {} ms, {} versions loaded in {} ms ({} ms of CPU), {} KiB\n",
             std::chrono::duration_cast<std::chrono::milliseconds>(opened - started).count(), kFunctions * kVersions,
             std::chrono::duration_cast<std::chrono::milliseconds>(loaded - opened).count(), CpuMillis() - cpu_opened,
             ResidentKib() - before_kib);

  EXPECT_EQ(store->Usage(kAccount).functions, kFunctions);
  EXPECT_EQ(store->Usage(kAccount).versions, kFunctions * kVersions);
  EXPECT_EQ(store->Usage(kAccount).code_bytes, 10 * kFunctions * (kVersions + 1));
  for (int i = 0; i < kFunctions; ++i) {
    for (int number = 1; number <= kVersions; ++number) {
      const FunctionVersionPtr found = catalog.FindServing(kAccount, NameOf(i), std::to_string(number));
      ASSERT_NE(found, nullptr);
      ASSERT_EQ(found->environment_key(), fmt::format("{}-{}", NameOf(i), number));
    }
    ASSERT_EQ(catalog.FindServing(kAccount, NameOf(i), "live")->version(), std::to_string(kVersions));
  }
  if (kept == nullptr) std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace hearth::controller
