#include "worker/agent/command_router.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hearth::worker {
namespace {

class NotedPool final : public EnvironmentPool {
 public:
  void Start(node::StartEnvironment start) override { notes.push_back("start " + start.environment_id()); }
  void Invoke(node::Invoke invoke) override { notes.push_back("invoke " + invoke.environment_id()); }
  void Stop(const std::string& environment_id) override { notes.push_back("stop " + environment_id); }
  void Credit(node::ResponseCredit credit) override { notes.push_back("credit " + credit.environment_id()); }
  void DiscardResponses() override { notes.push_back("discard"); }
  void RenewIdentity(node::RenewedIdentity renewed) override { notes.push_back("renew " + renewed.environment_id()); }
  void Abort(const std::string& environment_id) override { notes.push_back("abort " + environment_id); }
  std::vector<node::RunningEnvironment> Running() const override { return {}; }
  node::Capacity CurrentCapacity() const override { return {}; }
  std::vector<std::string> notes;
};

node::ControllerMessage InvokeOf(uint64_t id) {
  node::ControllerMessage message;
  message.mutable_invoke()->set_invocation_id(id);
  message.mutable_invoke()->set_environment_id("e");
  return message;
}

TEST(CommandRouterTest, EveryCommandReachesThePool) {
  NotedPool pool;
  CommandRouter router(pool);
  node::ControllerMessage start, stop, credit;
  credit.mutable_response_credit()->set_environment_id("e");
  start.mutable_start_environment()->set_environment_id("e");
  stop.mutable_stop_environment()->set_environment_id("e");
  router.Route(1, start);
  router.Route(1, InvokeOf(7));
  router.Route(1, credit);
  router.Route(1, stop);
  router.Route(1, node::ControllerMessage());
  EXPECT_EQ(pool.notes, (std::vector<std::string>{"start e", "invoke e", "credit e", "stop e"}));
}

TEST(CommandRouterTest, AnInvocationIsSettledOnceWithTheSessionItCameOver) {
  NotedPool pool;
  CommandRouter router(pool);
  router.Route(3, InvokeOf(7));
  EXPECT_EQ(router.SessionOf(7), 3u);
  const std::optional<CommandRouter::Flight> flight = router.Settle(7);
  ASSERT_TRUE(flight.has_value());
  EXPECT_EQ(flight->session, 3u);
  EXPECT_EQ(flight->environment_id, "e");
  EXPECT_FALSE(router.Settle(7).has_value());
  EXPECT_FALSE(router.SessionOf(7).has_value());
}

TEST(CommandRouterTest, KnowsWhereSomethingRunsUntilItIsSettled) {
  NotedPool pool;
  CommandRouter router(pool);
  router.Route(3, InvokeOf(7));
  EXPECT_EQ(router.BusyEnvironments(), std::vector<std::string>{"e"});
  router.Settle(7);
  EXPECT_TRUE(router.BusyEnvironments().empty());
}

}  // namespace
}  // namespace hearth::worker
