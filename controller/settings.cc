#include "controller/settings.h"

#include <string>

#include "common/limits.h"

namespace hearth::controller {
namespace {

using std::string;

constexpr int64_t kMiB = int64_t{1} << 20;

std::vector<ConfigKey> EndpointSettings() {
  return {
      {"controller.data_directory", string("/var/lib/hearth/controller"), "path",
       "where functions, code, logs and keys are kept; created 0700"},
      {"controller.listen", string("127.0.0.1:9000"), "host:port",
       "where the AWS API answers; put TLS in front of it before it leaves the machine"},
      {"controller.admin_listen", string("127.0.0.1:9020"), "host:port",
       "where /healthz and /metrics answer; it asks for no credentials, so keep it on loopback; empty: nowhere"},
      {"controller.public_url", string(""), "URL",
       "what clients reach the API by, for download links behind a proxy; empty: http and the Host a client sent"},
      {"controller.region", string("us-east-1"), "", "the AWS region this installation answers as"},
      {"controller.account", string("000000000000"), "12 digits", "the account made at the first start"},
      {"controller.user", string(""), "user name",
       "whom to become when started as root, once the data folder is theirs; empty: stay"},
      {"controller.log_level", string("info"), "", "debug, info, warn or error"},
      {"controller.io_threads", int64_t{2}, "threads", "threads that read requests and start invocations", 1, 64},
      {"controller.api_threads", int64_t{4}, "threads",
       "threads for operations that wait for disk; each may hold one upload of 70 MB in memory", 1, 256},
      {"controller.max_queued_requests", int64_t{512}, "requests",
       "operations that wait for such a thread before clients are answered 429", 1, 100000},
      {"controller.max_clock_skew_seconds", int64_t{300}, "seconds",
       "how far a client's clock may be off before its signatures are refused", 60, 900},
  };
}

std::vector<ConfigKey> KeepingSettings() {
  return {
      {"controller.max_code_bytes", kTotalCodeSizeBytes, "bytes", "code an account may keep in all", 1, INT64_MAX},
      {"controller.concurrent_executions", int64_t{kDefaultConcurrentExecutions}, "invocations",
       "invocations an account may have running at once, as GetAccountSettings shows it", 1, 1000000},
      {"controller.code_grace_seconds", int64_t{600}, "seconds",
       "how long a package stays after no function uses it; workers may still be fetching it", 60, 86400},
      {"controller.extract_binary", string(""), "path",
       "the helper that inspects uploaded packages; empty: hearth-extract beside this program"},
      {"store.min_free_bytes", 256 * kMiB, "bytes",
       "writes are refused while the disk has less left, because a full disk cannot be reopened", 0, INT64_MAX},
      {"store.ballast_bytes", 64 * kMiB, "bytes", "space set aside and given up at a start on a full disk; 0: none", 0,
       INT64_MAX},
      {"logs.max_total_bytes", 4096 * kMiB, "bytes", "logs kept in all; past it the oldest go", kMiB, INT64_MAX},
      {"logs.min_free_bytes", 512 * kMiB, "bytes",
       "no log is kept while the disk has less left: logs must not fill the disk of the functions", 0, INT64_MAX},
  };
}

std::vector<ConfigKey> WorkerSettings() {
  return {
      {"node.listen", string("127.0.0.1:9010"), "host:port or unix:/path",
       "where workers join; anything but loopback or a socket file is refused, since workers prove nothing yet"},
      {"runtimes.allow_nearest", false, "",
       "serve a runtime id whose exact version is not installed by the nearest installed one of its family"},
      {"runtimes.allow_deprecated", false, "",
       "accept runtime ids past the date from which AWS creates no more functions with them"},
  };
}

}  // namespace

std::vector<ConfigKey> ControllerSettings() {
  std::vector<ConfigKey> all = EndpointSettings();
  for (const std::vector<ConfigKey>& more : {KeepingSettings(), WorkerSettings()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace hearth::controller
