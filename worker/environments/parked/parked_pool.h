// ParkedPool keeps environments ready for functions that are not known yet, and makes new ones when nobody waits.
//
// Kinds that functions asked for lately are kept ready, and those the settings name. One is made at a time, in a pause
// between cold starts. A ready one sleeps; it counts with the memory it has used.
//
// Errors:  none: without one that fits, the caller makes an environment from scratch. What goes wrong is logged, and
//          the pool rests for kRestAfterFailure.
// Threads: the loop's; environments are made and removed by `work`. Built and destroyed off the loop.
// Source:  docs/decisions/0012.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "worker/environments/deadline_timer.h"
#include "worker/environments/event_loop.h"
#include "worker/environments/parked/parked_environment.h"

namespace hearth::worker {

struct ParkingSettings {
  int max_parked = 0;  // 0: none is ever made
  int per_kind = 2;
  std::chrono::seconds recent{3600};  // a kind that nobody asked for this long is given up
  std::vector<ParkedKind> always{};   // ready from the start
  std::string runtimes_directory{};
};

class ParkedPool {
 public:
  // Whether the machine has room for one more of so many bytes.
  using HasRoom = std::function<bool(int64_t bytes)>;

  ParkedPool(ParkingSettings settings, SandboxFactory& sandboxes, EventLoop& loop, BlockingWork& work,
             DeadlineTimer& timer, Clock& clock);
  ~ParkedPool();

  // What may run in it already: nothing where external extensions must start before the runtime.
  enum class Runs { kRuntime, kNothing };
  // One that fits, if one is ready; what is asked for is wanted again.
  std::optional<ParkedEnvironment> Take(const node::EnvironmentSpec& spec, Runs runs = Runs::kRuntime);

  // None is made while nothing is set.
  void SetRoom(HasRoom has_room) { has_room_ = std::move(has_room); }
  int count() const { return static_cast<int>(ready_.size()) + (boot_ ? 1 : 0); }
  int ready() const { return static_cast<int>(ready_.size()); }
  int64_t reserved_bytes() const;
  // Gives up ready ones, the least wanted first, until they have freed `bytes`; returns how much they have.
  int64_t GiveUp(int64_t bytes);
  // About once a second: gives up what nobody wants any more, and looks for what is missing.
  void Tick();

  static constexpr std::chrono::milliseconds kQuiet{30};  // without a cold start, before one is made
  static constexpr std::chrono::milliseconds kLongestWait{1000};
  static constexpr std::chrono::seconds kRestAfterFailure{5};  // and after some were given up
  static constexpr std::chrono::seconds kBootLimit{30};

 private:
  struct Ready {
    ParkedEnvironment environment;
    int64_t memory_bytes = 0;
    uint64_t end_watch = 0;
  };
  struct Boot {
    ParkedKind kind;
    ParkedEnvironment environment;
    uint64_t watch = 0;
    DeadlineTimer::Id deadline;
  };
  using ReadyList = std::list<Ready>;  // oldest first

  void NoteDemand(const ParkedKind& kind);
  void Consider();
  void BeginBoot();
  std::optional<ParkedKind> NextWanted();
  bool MakePlaceFor(const ParkedKind& kind);
  int CountOf(const ParkedKind& kind) const;
  void OnParked(absl::StatusOr<ParkedEnvironment> parked);
  void OnBootReport();
  void EndBoot(const absl::Status& status);
  void AddReady(ParkedEnvironment environment);
  void OnEnd(ReadyList::iterator place);
  ParkedEnvironment Remove(ReadyList::iterator place);
  void Destroy(std::shared_ptr<Sandbox> sandbox);
  std::function<void()> WhileAlive(std::function<void()> task);

  const ParkingSettings settings_;
  SandboxFactory& sandboxes_;
  EventLoop& loop_;
  BlockingWork& work_;
  DeadlineTimer& timer_;
  Clock& clock_;

  HasRoom has_room_;
  ReadyList ready_;
  std::optional<Boot> boot_;
  std::map<ParkedKind, MonotonicTime> last_demand_;
  MonotonicTime last_cold_start_{};
  MonotonicTime rest_until_{};
  std::optional<MonotonicTime> considering_since_;
  const std::string name_prefix_;  // no other start of this worker has used it
  uint64_t last_number_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace hearth::worker
