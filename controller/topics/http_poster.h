// HttpPoster posts messages to URLs on threads of its own: whoever is there may take their time.
//
// Errors:  InvalidArgument for an answer that will be the same next time (3xx and 4xx but 429), Unavailable for others,
//          and for none. ResourceExhausted when there is no room, Cancelled after Stop: nothing was posted.
// Threads: any thread. `done` is called on one of its threads, or at once when there is no room; the destructor posts
//          what waits.
// Limits:  kThreads at once, kMaxWaiting wait, kTimeout each; redirects are not followed.
// Source:  SNS Developer Guide, "Fanout to HTTP/S endpoints".
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "common/http_message.h"
#include "common/io/thread_pool.h"

namespace hearth::controller {

struct HttpPost {
  std::string url;
  HttpHeaders headers;
  std::string body;
};

class HttpPoster {
 public:
  static constexpr int kThreads = 16;
  static constexpr size_t kMaxWaiting = 1000;
  static constexpr std::chrono::seconds kTimeout{15};

  using Done = std::function<void(const absl::Status&)>;
  void Post(HttpPost post, Done done);
  // What waits is not posted any more.
  void Stop() { stopping_ = true; }

 private:
  std::atomic<bool> stopping_{false};
  ThreadPool threads_{"topic post", kThreads, kMaxWaiting};
};

// What an answer means.
absl::Status ResultOfPost(int http_status);

}  // namespace hearth::controller
