#include "worker/environments/parked/parked_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth::worker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ParkedKind kSandboxAlone{};

node::EnvironmentSpec Function(const std::string& runtime) {
  node::EnvironmentSpec spec;
  spec.set_runtime(runtime);
  spec.set_memory_mb(256);
  spec.set_ephemeral_storage_mb(512);
  (*spec.mutable_environment())["GREETING"] = "hello";
  return spec;
}

TEST(ParkedKindTest, ABootedRuntimeIsBetterThanASandboxAlone) {
  EXPECT_THAT(KindsThatFit(Function("python3.12")), ElementsAre(ParkedKind{"python", 0}, kSandboxAlone));
  EXPECT_THAT(KindsThatFit(Function("provided.al2023")), ElementsAre(kSandboxAlone));
}

TEST(ParkedKindTest, NodeFitsByTheMemoryItsHeapWasSizedFor) {
  EXPECT_THAT(KindsThatFit(Function("nodejs20.x")), ElementsAre(ParkedKind{"node", 256}, kSandboxAlone));
}

TEST(ParkedKindTest, VariablesReadWhenAProcessBeginsNeedAProcessOfTheirOwn) {
  for (const char* name : {"NODE_OPTIONS", "LD_PRELOAD", "PYTHONHASHSEED", "GLIBC_TUNABLES", "AWS_LAMBDA_EXEC_WRAPPER",
                           "LANG", "LC_ALL", "UV_THREADPOOL_SIZE", "OPENSSL_CONF", "MALLOC_ARENA_MAX"}) {
    node::EnvironmentSpec spec = Function("nodejs20.x");
    (*spec.mutable_environment())[name] = "x";
    EXPECT_THAT(KindsThatFit(spec), ElementsAre(kSandboxAlone)) << name;
  }
}

TEST(ParkedKindTest, VariablesReadWhenTheyAreUsedComeEarlyEnough) {
  for (const char* name : {"NODE_ENV", "TZ", "PATH", "HOME", "TMPDIR"}) {
    node::EnvironmentSpec spec = Function("nodejs20.x");
    (*spec.mutable_environment())[name] = "x";
    EXPECT_EQ(KindsThatFit(spec).size(), 2U) << name;
  }
}

TEST(ParkedKindTest, NothingParkedHasAnotherSizeOfTmp) {
  node::EnvironmentSpec spec = Function("python3.12");
  spec.set_ephemeral_storage_mb(513);
  EXPECT_THAT(KindsThatFit(spec), IsEmpty());
}

TEST(ParkedKindTest, SettingsNameKinds) {
  EXPECT_THAT(ParseParkedKinds("provided, python,nodejs:512").value(),
              ElementsAre(kSandboxAlone, ParkedKind{"python", 0}, ParkedKind{"node", 512}));
  EXPECT_THAT(ParseParkedKinds("").value(), IsEmpty());
}

TEST(ParkedKindTest, OtherNamesAreRefused) {
  for (const char* text : {"ruby", "nodejs", "nodejs:", "nodejs:64", "python:128", "provided:1", "nodejs:20000"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseParkedKinds(text).status())) << text;
  }
}

TEST(ParkedKindTest, HasTheNameSettingsGiveIt) {
  EXPECT_EQ(NameOf({"node", 512}), "nodejs:512");
  EXPECT_EQ(NameOf({"python", 0}), "python");
  EXPECT_EQ(NameOf({}), "provided");
}

}  // namespace
}  // namespace hearth::worker
