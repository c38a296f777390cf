// What can be said without a real launcher; tests/sandbox/ has the rest.
#include "worker/sandbox/launcher_client.h"

#include "gtest/gtest.h"

namespace hearth::worker {
namespace {

LauncherOptions OptionsFor(const std::string& program) {
  LauncherOptions options;
  options.launcher_binary = program;
  options.init_binary = "/bin/true";
  options.cgroup_prefix = "hearth-unit/w0";
  options.allowed_root = "/tmp";
  return options;
}

TEST(LauncherClientTest, AMissingLauncherIsNamed) {
  const absl::Status status = LauncherClient::Start(OptionsFor("/nonexistent/hearth-launcher")).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_NE(status.message().find("/nonexistent/hearth-launcher"), std::string::npos);
}

TEST(LauncherClientTest, ALauncherThatEndsAtOnceIsUnavailable) {
  EXPECT_TRUE(absl::IsUnavailable(LauncherClient::Start(OptionsFor("/bin/false")).status()));
}

}  // namespace
}  // namespace hearth::worker
