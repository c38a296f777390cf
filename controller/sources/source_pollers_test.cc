#include "controller/sources/source_pollers.h"

#include <gtest/gtest.h>

#include "controller/sources/pollers_test_support.h"

namespace hearth::controller {
namespace {

using namespace std::chrono_literals;

class SourcePollersTest : public PollersTest {
 protected:
  ~SourcePollersTest() override {
    pollers_.Stop();
    queues_->Stop();
  }
  SourceState State() { return sources_.Find(id_.account, "mapping")->state; }
  void Enable(bool enabled) {
    ASSERT_TRUE(sources_
                    .Update(id_.account, "mapping",
                            [&](records::EventSource& source) {
                              source.set_enabled(enabled);
                              return absl::OkStatus();
                            })
                    .ok());
  }
  // Until the pollers have followed what changed.
  bool Follows(SourceState state) {
    return Soon([&] {
      clock_.Advance(100ms);
      queues_->RunOnce();
      pollers_.RunOnce();
      return State() == state;
    });
  }

  EventSources sources_{*database_};
  SourcePollers pollers_{sources_, services_};
};

TEST_F(SourcePollersTest, FollowAMappingThroughItsLife) {
  ASSERT_TRUE(sources_.Create(Source()).ok());
  ASSERT_TRUE(Follows(SourceState::kEnabled));
  Send("a");
  EXPECT_TRUE(Soon([&] { return Left() == 0; }));
  Enable(false);
  ASSERT_TRUE(Follows(SourceState::kDisabled));
  Send("b");
  pollers_.RunOnce();
  EXPECT_EQ(queues_->Counts(id_)->visible, 1u);
  Enable(true);
  EXPECT_TRUE(Follows(SourceState::kEnabled));
  EXPECT_TRUE(Soon([&] { return Left() == 0; }));
}

TEST_F(SourcePollersTest, AMappingIsDeletedOnceItsBatchesHaveEnded) {
  ASSERT_TRUE(sources_.Create(Source()).ok());
  ASSERT_TRUE(Follows(SourceState::kEnabled));
  invoker_.Hold();
  Send("a");
  ASSERT_TRUE(Soon([&] { return Runs() == 1; }));
  ASSERT_TRUE(sources_.Delete(id_.account, "mapping").ok());
  pollers_.RunOnce();
  EXPECT_EQ(State(), SourceState::kDeleting);
  invoker_.LetGo();
  EXPECT_TRUE(Soon([&] {
    clock_.Advance(100ms);
    queues_->RunOnce();
    pollers_.RunOnce();
    return !sources_.Find(id_.account, "mapping").ok();
  }));
  EXPECT_EQ(Left(), 0u);
}

}  // namespace
}  // namespace hearth::controller
