// The pool with real sandboxes, runtimes and Runtime API: what unit tests fake, put together. Needs root.
// Each test runs twice: environments are made for their function, or were parked before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "common/io/http_server.h"
#include "common/io/thread_pool.h"
#include "worker/environments/installed_runtimes.h"
#include "worker/environments/local_pool.h"
#include "worker/environments/memory_pressure.h"
#include "worker/environments/server_loop.h"
#include "worker/sandbox/launcher_client.h"

namespace hearth::worker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr auto kPatience = 30s;

// Packages lie ready under their hash.
class PreparedArtifacts final : public ArtifactCache {
 public:
  explicit PreparedArtifacts(std::string root) : root_(std::move(root)) {}
  absl::StatusOr<std::shared_ptr<const ArtifactLease>> Acquire(const std::string& hash) override {
    return std::make_shared<const Lease>(root_ + "/" + hash);
  }
  // Writes one file of a package, as hearth-extract would leave it.
  void Write(const std::string& hash, const std::string& name, const std::string& text, mode_t mode = 0644) {
    std::filesystem::create_directories(root_ + "/" + hash);
    std::ofstream(root_ + "/" + hash + "/" + name) << text;
    chmod((root_ + "/" + hash + "/" + name).c_str(), mode);
  }

 private:
  struct Lease final : ArtifactLease {
    explicit Lease(std::string path) : directory_path(std::move(path)) {}
    const std::string& directory() const override { return directory_path; }
    const std::string directory_path;
  };
  const std::string root_;
};

// Answers a waiting test with the event it waits for.
class Events final : public PoolEvents, public LogShipper {
 public:
  void OnEnvironmentReady(node::EnvironmentReady ready) override { ready_.set_value(std::move(ready)); }
  void OnEnvironmentGone(node::EnvironmentGone gone) override { gone_.set_value(std::move(gone)); }
  void OnInvocationResult(node::InvocationResult result) override {
    MutexLock lock(mutex_);
    results_.push_back(std::move(result));
    changed_.notify_all();
  }
  void OnEnvironmentIdle(node::EnvironmentIdle) override {
    MutexLock lock(mutex_);
    ++idle_;
    changed_.notify_all();
  }
  void OnResponsePiece(node::BulkChunk) override {}
  void OnIdentityRenewal(node::IdentityRenewal) override {}
  void Ship(node::LogBatch batch) override {
    MutexLock lock(mutex_);
    for (const node::LogRecord& record : batch.records()) log_ += record.text();
    changed_.notify_all();
  }

  node::EnvironmentReady Ready() { return Get(ready_); }
  node::EnvironmentGone Gone() { return Get(gone_); }
  // The next result, and the environment idle after it.
  node::InvocationResult Result() {
    MutexLock lock(mutex_);
    const auto over = [this] { return !results_.empty() && (results_[0].environment_idle() || idle_ > 0); };
    EXPECT_TRUE(changed_.wait_for(lock.native(), kPatience, over)) << log_;
    if (results_.empty()) return {};
    if (!results_[0].environment_idle()) --idle_;
    node::InvocationResult result = std::move(results_[0]);
    results_.erase(results_.begin());
    return result;
  }
  std::string Log() {
    MutexLock lock(mutex_);
    return log_;
  }

 private:
  template <class T>
  static T Get(std::promise<T>& promise) {
    std::future<T> future = promise.get_future();
    const bool came = future.wait_for(kPatience) == std::future_status::ready;
    EXPECT_TRUE(came);
    return came ? future.get() : T();
  }

  std::promise<node::EnvironmentReady> ready_;
  std::promise<node::EnvironmentGone> gone_;
  Mutex mutex_;
  std::condition_variable changed_;
  std::vector<node::InvocationResult> results_ GUARDED_BY(mutex_);
  int idle_ GUARDED_BY(mutex_) = 0;
  std::string log_ GUARDED_BY(mutex_);
};

class RealSandboxTest : public testing::TestWithParam<bool> {
 protected:
  static constexpr char kHash[] = "code";
  static constexpr int kKinds = 3;

  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    std::filesystem::create_directories(root_);
    LauncherOptions options;
    options.launcher_binary = HEARTH_LAUNCHER_PATH;
    options.init_binary = HEARTH_INIT_PATH;
    options.cgroup_prefix = cgroup_ + "/w0";
    options.allowed_root = root_;
    options.runtimes_root = HEARTH_RUNTIMES_PATH;
    absl::StatusOr<std::unique_ptr<LauncherClient>> launcher = LauncherClient::Start(options);
    ASSERT_TRUE(launcher.ok()) << launcher.status();
    launcher_ = *std::move(launcher);
    if (GetParam()) {
      parked_ = std::make_unique<ParkedPool>(ParkingSettings{.max_parked = kKinds,
                                                             .per_kind = 1,
                                                             .always = {{}, {"python", 0}, {"node", 128}},
                                                             .runtimes_directory = HEARTH_RUNTIMES_PATH},
                                             *launcher_, loop_, work_, *timer_, clock_);
    }
    provisioner_.emplace(HEARTH_RUNTIMES_PATH, artifacts_, *launcher_, work_, clock_, false, parked_.get());
    PoolSettings settings;
    settings.memory_bytes = int64_t{4} << 30;
    settings.min_available_bytes = 0;
    const EnvironmentServices services{loop_, work_, *timer_, *runtime_api_, events_, clock_};
    pool_ = std::make_unique<LocalEnvironmentPool>(
        settings, services, *provisioner_, random_, [] { return AvailableMemoryBytes(); }, events_, parked_.get());
    if (GetParam()) AwaitParked(kKinds);
  }
  void AwaitParked(int wanted) {
    for (const auto end = std::chrono::steady_clock::now() + kPatience; std::chrono::steady_clock::now() < end;) {
      int ready = 0;
      loop_.RunAndWait([&] { ready = parked_->ready(); });
      if (ready == wanted) return loop_.RunAndWait([&] { parked_->SetRoom(nullptr); });  // and no more
      std::this_thread::sleep_for(5ms);
    }
    FAIL() << "environments are not parked in time";
  }
  // The one that was parked for it is gone, so it was used.
  void ExpectParkedOneUsed() {
    int ready = kKinds;
    if (GetParam()) loop_.RunAndWait([&] { ready = parked_->ready() + 1; });
    EXPECT_EQ(ready, kKinds);
  }
  void TearDown() override {
    pool_.reset();
    parked_.reset();
    threads_.reset();
    loop_.RunAndWait([this] {
      runtime_api_.reset();
      timer_.reset();
    });
    server_.reset();
    launcher_.reset();
    std::filesystem::remove_all(root_);
    rmdir(("/sys/fs/cgroup/" + cgroup_).c_str());
    for (const auto& hierarchy : std::filesystem::directory_iterator("/sys/fs/cgroup")) {
      rmdir((hierarchy.path() / cgroup_).c_str());
    }
  }

  node::EnvironmentReady Start(const std::string& runtime, const std::string& handler, int timeout_ms = 3000) {
    node::StartEnvironment start;
    start.set_environment_id("env-1");
    node::EnvironmentSpec& spec = *start.mutable_spec();
    spec.set_region("us-east-1");
    spec.set_function_name("hello");
    spec.set_version("$LATEST");
    spec.set_runtime(runtime);
    spec.set_handler(handler);
    spec.set_memory_mb(128);
    spec.set_timeout_ms(timeout_ms);
    spec.set_ephemeral_storage_mb(512);
    spec.set_code_sha256(kHash);
    spec.set_log_group("/aws/lambda/hello");
    (*spec.mutable_environment())["GREETING"] = "hello";
    pool_->Start(std::move(start));
    const node::EnvironmentReady ready = events_.Ready();
    ExpectParkedOneUsed();
    return ready;
  }
  node::InvocationResult Invoke(const std::string& payload, bool want_tail = true) {
    node::Invoke invoke;
    invoke.set_environment_id("env-1");
    invoke.set_invocation_id(1);
    invoke.set_request_id(random_.Uuid());
    invoke.set_payload(payload);
    invoke.set_invoked_function_arn("arn:aws:lambda:us-east-1:000000000000:function:hello");
    invoke.set_want_log_tail(want_tail);
    pool_->Invoke(std::move(invoke));
    return events_.Result();
  }

  const std::string cgroup_ = "hearth-environments-test-" + std::to_string(getpid());
  const std::string root_ = "/tmp/hearth-environments-test-" + std::to_string(getpid());
  RealClock clock_;
  RealRandom random_;
  Events events_;
  PreparedArtifacts artifacts_{root_};
  std::unique_ptr<LauncherClient> launcher_;
  std::unique_ptr<HttpServer> server_ =
      HttpServer::Start(RuntimeApiServerOptions(), [](HttpRequest, std::unique_ptr<HttpResponder>) {});
  ServerLoop loop_{*server_};
  std::optional<ThreadPool> threads_{std::in_place, "work", 2, 1000};
  PooledWork work_{*threads_, loop_};
  std::optional<DeadlineTimer> timer_{std::in_place, loop_, clock_};
  std::unique_ptr<RuntimeApi> runtime_api_ = MakeRuntimeApi(*server_, clock_);
  std::optional<Provisioner> provisioner_;
  std::unique_ptr<ParkedPool> parked_;
  std::unique_ptr<LocalEnvironmentPool> pool_;
};

INSTANTIATE_TEST_SUITE_P(EachWay, RealSandboxTest, testing::Bool(),
                         [](const auto& made) { return made.param ? "ParkedFirst" : "MadeForIt"; });

TEST_P(RealSandboxTest, RunsPython) {
  artifacts_.Write(kHash, "app.py",
                   "import os\n"
                   "def handler(event, context):\n"
                   "    print('got', event['n'])\n"
                   "    return {'say': os.environ['GREETING'], 'n': event['n'] + 1}\n");
  const node::EnvironmentReady ready = Start("python3.12", "app.handler");
  EXPECT_FALSE(ready.init_failed()) << events_.Log();
  EXPECT_GT(ready.init_duration_us(), 0);
  for (int n = 1; n <= 3; ++n) {
    const node::InvocationResult result = Invoke("{\"n\":" + std::to_string(n) + "}");
    EXPECT_EQ(result.outcome(), node::InvocationResult::SUCCESS);
    EXPECT_EQ(result.payload(), "{\"say\": \"hello\", \"n\": " + std::to_string(n + 1) + "}");
    EXPECT_THAT(result.log_tail(), HasSubstr("\ngot " + std::to_string(n) + "\nEND RequestId: "));
    EXPECT_EQ(result.log_tail().find("Init Duration") != std::string::npos, n == 1);
  }
}

TEST_P(RealSandboxTest, RunsNode) {
  artifacts_.Write(kHash, "index.js",
                   "exports.handler = async (event) => { console.log('got', event.n); return event.n + 1; };\n");
  EXPECT_FALSE(Start("nodejs20.x", "index.handler").init_failed()) << events_.Log();
  const node::InvocationResult result = Invoke("{\"n\":1}");
  EXPECT_EQ(result.payload(), "2");
  EXPECT_THAT(result.log_tail(), HasSubstr("\tINFO\tgot 1\n"));
}

// A custom runtime in shell: no HTTP client is needed for what bash's /dev/tcp can do.
constexpr char kShellRuntime[] = R"(#!/bin/bash
while true; do
  exec 3<>/dev/tcp/${AWS_LAMBDA_RUNTIME_API/:/\/}
  printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n' >&3
  while IFS=$'\r' read -r line <&3 && [ -n "$line" ]; do
    case "$line" in
      Lambda-Runtime-Aws-Request-Id:*) id=${line#*: } ;;
      Content-Length:*) length=${line#*: } ;;
    esac
  done
  IFS= read -r -N "$length" event <&3
  echo "event $event"
  printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s' \
    "$id" "${#event}" "$event" >&3
  read -r line <&3
  exec 3>&-
done
)";

TEST_P(RealSandboxTest, RunsACustomRuntime) {
  artifacts_.Write(kHash, "bootstrap", kShellRuntime, 0755);
  EXPECT_FALSE(Start("provided.al2023", "unused").init_failed()) << events_.Log();
  const node::InvocationResult result = Invoke("{\"n\":1}");
  EXPECT_EQ(result.payload(), "{\"n\":1}");
  EXPECT_THAT(result.log_tail(), HasSubstr("\nevent {\"n\":1}\n"));
}

TEST_P(RealSandboxTest, KeepsTmpAndLosesMemoryOverATimeout) {
  artifacts_.Write(kHash, "app.py",
                   "import os, time\n"
                   "calls = []\n"
                   "def handler(event, context):\n"
                   "    calls.append(1)\n"
                   "    if event == 'hang':\n"
                   "        open('/tmp/mark', 'w').close()\n"
                   "        time.sleep(60)\n"
                   "    return [len(calls), os.path.exists('/tmp/mark')]\n");
  Start("python3.12", "app.handler", 1000);
  EXPECT_EQ(Invoke("1").payload(), "[1, false]");
  const node::InvocationResult result = Invoke("\"hang\"");
  EXPECT_THAT(result.payload(), MatchesRegex("\\{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: .* "
                                             "Error: Task timed out after 1.00 seconds\"\\}"));
  EXPECT_THAT(result.log_tail(), HasSubstr("Duration: 1000.00 ms\tBilled Duration: 1000 ms\t"));
  EXPECT_EQ(Invoke("1").payload(), "[1, true]");
}

TEST_P(RealSandboxTest, TellsAnExitFromRunningOutOfMemory) {
  artifacts_.Write(kHash, "app.py",
                   "import os\n"
                   "def handler(event, context):\n"
                   "    if event == 'exit': os._exit(7)\n"
                   "    hoard = []\n"
                   "    while True: hoard.append(bytearray(b'x') * (1 << 20))\n");
  Start("python3.12", "app.handler", 10000);
  EXPECT_THAT(Invoke("\"exit\"").payload(), HasSubstr("exit status 7"));
  const node::InvocationResult result = Invoke("\"hoard\"");
  EXPECT_THAT(result.payload(), HasSubstr("{\"errorType\":\"Runtime.OutOfMemory\""));
  EXPECT_THAT(result.log_tail(),
              HasSubstr("Max Memory Used: 128 MB\tStatus: error\tError Type: Runtime.OutOfMemory\n"));
}

TEST_P(RealSandboxTest, GoesOnAfterBeingFrozen) {
  artifacts_.Write(kHash, "app.py", "def handler(event, context):\n    return event\n");
  Start("python3.12", "app.handler");
  EXPECT_EQ(Invoke("1", /*want_tail=*/false).payload(), "1");
  std::promise<void> rested;
  server_->PostAfter(300ms, [&] { rested.set_value(); });
  rested.get_future().wait();
  EXPECT_EQ(Invoke("2", /*want_tail=*/false).payload(), "2");
}

TEST_P(RealSandboxTest, SurvivesAResponseThatIsTooLarge) {
  artifacts_.Write(kHash, "app.py",
                   "calls = []\n"
                   "def handler(event, context):\n"
                   "    calls.append(1)\n"
                   "    return 'x' * event if event > 1 else len(calls)\n");
  Start("python3.12", "app.handler");
  EXPECT_THAT(Invoke("7000000").payload(), HasSubstr("Function.ResponseSizeTooLarge"));
  EXPECT_EQ(Invoke("1").payload(), "2");
}

TEST_P(RealSandboxTest, RunsAFailingInitAgainAtTheFirstInvocation) {
  artifacts_.Write(kHash, "app.py", "import nothing_of_this_name\n");
  EXPECT_TRUE(Start("python3.12", "app.handler").init_failed());
  const node::InvocationResult result = Invoke("1");
  EXPECT_EQ(result.outcome(), node::InvocationResult::FUNCTION_ERROR);
  EXPECT_THAT(result.payload(), HasSubstr("\"errorType\": \"Runtime.ImportModuleError\""));
  EXPECT_THAT(events_.Log(), HasSubstr("Phase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n"));
  EXPECT_THAT(events_.Log(), HasSubstr("Phase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError\n"));
}

TEST_P(RealSandboxTest, EndsWhenStopped) {
  artifacts_.Write(kHash, "app.py", "def handler(event, context):\n    return event\n");
  Start("python3.12", "app.handler");
  pool_->Stop("env-1");
  EXPECT_EQ(events_.Gone().reason(), node::EnvironmentGone::STOPPED);
  EXPECT_EQ(pool_->CurrentCapacity().environments(), 0);
}

}  // namespace
}  // namespace hearth::worker
