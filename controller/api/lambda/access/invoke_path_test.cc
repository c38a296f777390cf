// What one synchronous invocation asks of the database, from its signature to its answer: nothing.
#include <gtest/gtest.h>

#include <atomic>
#include <optional>

#include "controller/api/lambda/access/operation_guard.h"
#include "controller/api/lambda/invoke.h"
#include "controller/auth/access_keys.h"
#include "controller/auth/policy_authorizer.h"
#include "controller/auth/request_verifier.h"
#include "controller/auth/stored_policies.h"
#include "controller/invoke/function_invoker.h"
#include "controller/limits/account_limits.h"
#include "controller/scheduler/scheduler.h"
#include "controller/secrets/plain_keys_test_support.h"
#include "controller/store/account_store.h"
#include "controller/store/function_store.h"
#include "controller/store/identity_store.h"

namespace hearth::controller {
namespace {

constexpr char kAccount[] = "000000000000";
constexpr char kRegion[] = "eu-west-1";
const FunctionId kHello{kAccount, "hello"};

// Counts who comes.
class CountingDatabase final : public Database {
 public:
  absl::StatusOr<std::string> Get(std::string_view key) const override {
    ++reads;
    return inner_->Get(key);
  }
  absl::StatusOr<std::vector<KeyValue>> Scan(std::string_view prefix, std::string_view after,
                                             size_t limit) const override {
    ++reads;
    return inner_->Scan(prefix, after, limit);
  }
  absl::Status Write(const WriteBatch& batch, WriteSync sync) override {
    ++writes;
    return inner_->Write(batch, sync);
  }
  mutable std::atomic<int> reads = 0;
  std::atomic<int> writes = 0;

 private:
  const std::unique_ptr<Database> inner_ = MakeMemoryDatabase();
};

// Makes every environment at once and answers every invocation.
class PromptWorker final : public WorkerCommands {
 public:
  absl::Status Start(const std::string& worker_id, const node::StartEnvironment& start) override {
    ++starts;
    node::EnvironmentReady ready;
    ready.set_environment_id(start.environment_id());
    scheduler->OnEnvironmentReady(worker_id, ready);
    return absl::OkStatus();
  }
  absl::Status Invoke(const std::string& worker_id, const Invocation& invocation) override {
    node::InvocationResult result;
    result.set_invocation_id(invocation.message.invocation_id());
    result.set_outcome(node::InvocationResult::SUCCESS);
    result.set_environment_idle(true);
    result.set_payload("\"done\"");
    scheduler->OnInvocationResult(worker_id, result);
    return absl::OkStatus();
  }
  absl::Status Credit(const std::string&, const node::ResponseCredit&) override { return absl::OkStatus(); }
  absl::Status Stop(const std::string&, const std::string&) override { return absl::OkStatus(); }
  absl::Status Release(const std::string&) override { return absl::OkStatus(); }

  Scheduler* scheduler = nullptr;
  int starts = 0;
};

class InvokePathTest : public testing::Test {
 protected:
  InvokePathTest() {
    worker_.scheduler = &scheduler_;
    node::Hello hello;
    hello.set_worker_id("w");
    hello.set_memory_bytes(int64_t{8} << 30);
    hello.set_architecture("x86_64");
    node::InstalledRuntime& runtime = *hello.add_runtimes();
    runtime.set_family("python");
    runtime.set_version("3.11.2");
    scheduler_.OnWorkerJoined(hello);
    functions_->AddOnOthers([this](const WriteBatch& others) { policies_.Apply(others); });
    MakeUser();
    MakeFunction();
  }
  void MakeUser() {
    records::User user;
    user.set_account(kAccount);
    user.set_name("ann");
    user.set_path("/");
    user.set_id("AIDAANN");
    (*user.mutable_inline_policies())["p"] =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:Invoke*",)"
        R"("Resource":"arn:aws:lambda:*:*:function:hello:live","Condition":{"StringEquals":{"aws:username":"ann"}}}]})";
    EXPECT_TRUE(identities_->users().Create(user, 10).ok());
    Identity ann = RootIdentity(kAccount, "");
    ann.kind = Identity::Kind::kUser;
    ann.principal_arn = "arn:aws:iam::000000000000:user/ann";
    ann.principal_id = user.id();
    key_ = *access_keys_.Create(ann);
  }
  void MakeFunction() {
    ASSERT_TRUE(functions_->ReserveCode("code", 10, 10).ok());
    records::Function function;
    records::FunctionVersion& latest = *function.mutable_latest();
    latest.set_account(kAccount);
    latest.set_name("hello");
    latest.set_version("$LATEST");
    latest.set_runtime("python3.11");
    latest.set_architecture("x86_64");
    latest.set_memory_mb(128);
    latest.set_timeout_seconds(3);
    latest.set_environment_key("key");
    latest.set_code_sha256_hex("code");
    latest.set_state(records::FunctionVersion::ACTIVE);
    ASSERT_TRUE(functions_->Create(function).ok());
    const FunctionStore::Step step = [](FunctionEdit& edit) {
      for (const char* number : {"1", "2"}) {
        records::FunctionVersion version = edit.function.latest();
        version.set_version(number);
        EXPECT_TRUE(edit.PutVersion(version).ok());
      }
      records::FunctionPolicy policy;
      policy.set_json(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"lambda:*","Principal":"*",)"
                      R"("Resource":"*","Condition":{"StringEquals":{"aws:PrincipalAccount":"111111111111"}}}]})");
      edit.others.Put(FunctionPolicyKey(kAccount, "hello", "live"), policy.SerializeAsString());
      records::Alias alias;
      alias.set_name("live");
      alias.set_function_version("1");
      alias.set_additional_version("2");
      alias.set_additional_weight(0.5);
      return edit.PutAlias(alias);
    };
    ASSERT_TRUE(functions_->Edit(kHello, step).ok());
  }
  // From the signature to the answer, as the front end goes.
  absl::StatusOr<ApiReply> Invoke() {
    HttpRequest request;
    request.method = "POST";
    request.target = "/2015-03-31/functions/hello/invocations?Qualifier=live";
    request.headers.Add("Host", "localhost:9000");
    request.body = "{}";
    const std::string date = FormatAmzDate(clock_.Wall());
    SignSigV4(request, {key_.identity.access_key_id, key_.secret_access_key, ""},
              {date.substr(0, 8), kRegion, "lambda"}, date);
    AuthResult verified = verifier_.Verify(request, "lambda");
    if (!std::holds_alternative<Identity>(verified)) return absl::UnauthenticatedError("");
    ApiCall call;
    call.caller = std::get<Identity>(std::move(verified));
    call.request_id = "request-1";
    call.labels["FunctionName"] = "hello";
    call.query["Qualifier"] = "live";
    call.body = request.body;
    RETURN_IF_ERROR(guard_.Check("Invoke", call));
    std::optional<absl::StatusOr<ApiReply>> answer;
    StartAsync(api_.Invoke(std::move(call)), [&](absl::StatusOr<ApiReply> reply) { answer = std::move(reply); });
    return answer.value_or(absl::UnavailableError("not answered"));
  }

  FakeClock clock_;
  SeededRandom random_{7};
  PlainKeys wrapping_;
  Envelope envelope_{wrapping_, random_};
  CountingDatabase database_;
  Catalog catalog_;
  const std::unique_ptr<FunctionStore> functions_ = *FunctionStore::Open(database_, catalog_, clock_, 1 << 30);
  const std::unique_ptr<IdentityStore> identities_ = *IdentityStore::Open(database_);
  const std::unique_ptr<AccountLimits> limits_ = *AccountLimits::Open(database_, {});
  const LimitsOf limits_of_ = [this](const std::string& account) { return limits_->Of(account); };
  AccountStore accounts_{database_};
  Credentials credentials_;
  AccessKeys access_keys_{accounts_, envelope_, credentials_, clock_, random_};
  Credential key_;
  StoredPolicies stored_{*identities_};
  FunctionPolicies policies_;
  PolicyAuthorizer authorizer_{stored_, clock_, kRegion};
  RequestVerifier verifier_{credentials_, nullptr, clock_, random_, kRegion, std::chrono::seconds(300)};
  OperationGuard guard_{authorizer_, policies_, kRegion};
  RuntimeSupport runtimes_{kRegion, false};
  PromptWorker worker_;
  Scheduler scheduler_{{}, runtimes_, worker_, [](const auto&) { return node::EnvironmentSpec(); }, clock_, random_};
  ConcurrencyGate gate_{limits_of_, clock_};
  FunctionInvoker invoker_{
      VersionResolver(catalog_, kRegion, random_), gate_, scheduler_.placer(), scheduler_.in_flight(), clock_, random_};
  InvokeApi api_{kRegion, invoker_, nullptr, catalog_, clock_, random_};
};

TEST_F(InvokePathTest, AWarmInvocationAsksTheDatabaseNothing) {
  constexpr int kInvocations = 20;
  ASSERT_EQ(Invoke()->body, "\"done\"");
  const int reads = database_.reads, writes = database_.writes, starts = worker_.starts;
  ASSERT_GT(reads, 0) << "nobody counts";
  for (int i = 0; i < kInvocations; ++i) ASSERT_EQ(Invoke()->status, 200);
  EXPECT_EQ(database_.reads, reads);
  EXPECT_EQ(database_.writes, writes);
  EXPECT_LE(worker_.starts, starts + 1) << "the two versions of the alias have an environment each";
}

TEST_F(InvokePathTest, ARefusalAsksTheDatabaseNothingEither) {
  ASSERT_TRUE(Invoke().ok());
  key_.secret_access_key = "wrong";
  const int reads = database_.reads;
  EXPECT_TRUE(absl::IsUnauthenticated(Invoke().status()));
  EXPECT_EQ(database_.reads, reads);
}

}  // namespace
}  // namespace hearth::controller
