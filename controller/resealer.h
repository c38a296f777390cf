// Resealer replaces the installation's sealing key: it adds a new one, seals every record anew, and then forgets the
// old.
//
// Each source seals its own records anew, one durable write each; a pass that was cut short is simply made again. An
// old key goes when passes have found nothing under it for kSettle: a change that read a record before it was sealed
// anew and writes it back after is seen by the next pass. Before it goes, everything kept is searched for its id.
//
// Errors:  a pass that fails is tried again at the next tick; Rotate answers the keyring's.
// Threads: any thread; blocks on disk. One pass at a time.
// Source:  identity.md 3.3 "Rotation".
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "controller/secrets/local_keyring.h"

namespace hearth::controller {

class Resealer {
 public:
  static constexpr std::chrono::seconds kSettle{10};
  // Seals anew what lies under an old key; how many records it changed.
  using Source = std::function<absl::StatusOr<int>()>;

  // Whether anything kept still names the key.
  using InUse = std::function<absl::StatusOr<bool>(std::string_view key_id)>;

  Resealer(LocalKeyring& keyring, std::vector<Source> sources, InUse in_use, Clock& clock)
      : keyring_(keyring),
        sources_(std::move(sources)),
        in_use_(std::move(in_use)),
        clock_(clock),
        quiet_since_(clock.Monotonic()) {}

  // A new key seals from now on; its id. The records follow with the ticks.
  absl::StatusOr<std::string> Rotate();
  // One pass, unless there is one key only.
  void Tick();
  // The ids of the keys that are needed, oldest first; the last one seals.
  std::vector<std::string> KeyIds() const { return keyring_.KeyIds(); }

 private:
  absl::StatusOr<int> Pass();
  absl::Status RemoveOldKeys();

  LocalKeyring& keyring_;
  const std::vector<Source> sources_;
  const InUse in_use_;
  Clock& clock_;
  // Held across a pass, against the rule of STYLE.md 8: passes must not run beside each other.
  Mutex mutex_;
  MonotonicTime quiet_since_ GUARDED_BY(mutex_);
};

}  // namespace hearth::controller
