#include "worker/sandbox/namespaces.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "gtest/gtest.h"
#include "worker/sandbox/in_child_test_support.h"

namespace hearth::worker {
namespace {

class NamespacesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
  }
};

TEST_F(NamespacesTest, TheListenerIsTheRuntimeApisAddress) {
  EXPECT_EQ(InChild([]() -> std::string {
              const absl::StatusOr<UniqueFd> listener = EnterNewNetwork();
              if (!listener.ok()) return listener.status().ToString();
              sockaddr_in address{};
              socklen_t size = sizeof(address);
              getsockname(listener->get(), reinterpret_cast<sockaddr*>(&address), &size);
              return std::string(inet_ntoa(address.sin_addr)) + ":" + std::to_string(ntohs(address.sin_port));
            }),
            "127.0.0.1:9001");
}

TEST_F(NamespacesTest, TheNewNetworkHasLoopbackOnly) {
  EXPECT_EQ(InChild([]() -> std::string {
              if (!EnterNewNetwork().ok()) return "no network";
              std::string names;
              struct if_nameindex* const list = if_nameindex();
              for (auto* entry = list; entry->if_index != 0; ++entry) names += entry->if_name;
              if_freenameindex(list);
              return names;
            }),
            "lo");
}

TEST_F(NamespacesTest, TheNewNetworkHasNoIpv6) {
  EXPECT_EQ(InChild([]() -> std::string {
              if (!EnterNewNetwork().ok()) return "no network";
              sockaddr_in6 address{};
              address.sin6_family = AF_INET6;
              address.sin6_addr = in6addr_loopback;
              const UniqueFd socket_fd(socket(AF_INET6, SOCK_STREAM, 0));
              const int bound = bind(socket_fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
              return bound == 0 ? "::1 is there" : "";
            }),
            "");
}

TEST_F(NamespacesTest, CgroupPathsOfTheHostAreHidden) {
  EXPECT_EQ(InChild([]() -> std::string {
              if (const absl::Status hidden = HideCgroups(); !hidden.ok()) return hidden.ToString();
              std::ifstream groups("/proc/self/cgroup");
              for (std::string line; std::getline(groups, line);) {
                if (line.substr(line.rfind(':')) != ":/") return line;
              }
              return "";
            }),
            "");
}

TEST_F(NamespacesTest, TheHostIsNamedInItsOwnNamespace) {
  EXPECT_EQ(InChild([]() -> std::string {
              if (unshare(CLONE_NEWUTS) != 0 || !NameHost("hearth").ok()) return "failed";
              char name[64] = "";
              gethostname(name, sizeof(name));
              return name;
            }),
            "hearth");
}

}  // namespace
}  // namespace hearth::worker
