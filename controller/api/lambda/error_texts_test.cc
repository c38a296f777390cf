// Every error text recorded from AWS that Hearth can answer with, provoked and compared with testdata/errors.tsv.
#include <fstream>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

struct Row {
  std::string condition, shape, status, body_key, message;
};

std::vector<Row> ReadRows() {
  std::ifstream file(HEARTH_TESTDATA "/errors.tsv");
  std::vector<Row> rows;
  std::string line;
  std::getline(file, line);  // the header
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, '\t');
    rows.push_back({cells.at(2), cells.at(3), cells.at(4), cells.at(5), cells.at(6)});
  }
  return rows;
}

using Values = std::vector<std::pair<std::string, std::string>>;

class ErrorTextsTest : public LambdaTest {
 protected:
  struct Provocation {
    std::function<Answer()> provoke;
    Values values = {};
  };

  Json Parsed(const char* text) { return *Json::Parse(text); }

  // A function that stays as it was created: nobody scheduled its activation.
  void PutPending(const std::string& name) {
    records::Function function;
    function.mutable_latest()->set_account(kTestAccount);
    function.mutable_latest()->set_name(name);
    function.mutable_latest()->set_state(records::FunctionVersion::PENDING);
    ASSERT_TRUE(functions_->Create(function).ok());
  }

  ApiCall Payload(std::string body) {
    ApiCall call = Call();
    call.body = std::move(body);
    return call;
  }

  Answer Delete(const std::string& name) { return Read(functions_api_.Delete(Named(name))); }
  Answer ListVersions(const std::string& version) {
    ApiCall call = Call();
    call.query["FunctionVersion"] = version;
    return Read(functions_api_.List(call));
  }
  Answer CreateWithInspection(absl::Status refusal) {
    inspection_ = std::move(refusal);
    const Answer answer = Create({{"FunctionName", "zip"}});
    inspection_ = ZipSummary{10, 1};
    return answer;
  }
  Answer InvokeWith(absl::StatusOr<InvokeOutcome> outcome) {
    invoker_.answer = std::move(outcome);
    return Invoke(Payload("{}"));
  }

  void AddNames(std::map<std::string, Provocation>& all) {
    const std::string arn = "arn:aws:lambda:eu-west-1:000000000000:function:absent";
    const std::string long_name(65, 'n'), long_arn = std::string(kTestArn) + std::string(140, 'n');
    const std::string one = "1", long_qualifier(129, 'q');
    all["function absent, no qualifier"] = {[=, this] { return Get("absent"); }, {{"fnArn", arn}}};
    all["version or alias absent (or function absent, qualifier given)"] = {
        [=, this] { return Get("hello:live"); }, {{"fnArn", kTestArn}, {"qualifier", "live"}}};
    all["function absent, no qualifier: text carries $LATEST"] = {[=, this] { return Invoke(Named("absent")); },
                                                                  {{"fnArn", arn}}};
    all["numeric qualifier absent or function absent: text is unqualified"] = {[=, this] { return Delete("absent:3"); },
                                                                               {{"fnArn", arn}}};
    all["qualifier inside FunctionName/ARN differs from Qualifier parameter"] = {
        [=, this] { return Get("hello:2", &one); }};
    all["qualifier is $LATEST"] = {[=, this] { return Delete("hello:$LATEST"); }};
    all["qualifier is an alias name (even a non-existing one)"] = {[=, this] { return Delete("hello:live"); }};
    all["ARN of another region"] = {[=, this] { return Get("arn:aws:lambda:us-east-1:000000000000:function:hello"); },
                                    {{"arnRegion", "us-east-1"}, {"region", "eu-west-1"}}};
    all["ARN of another account"] = {[=, this] { return Get("arn:aws:lambda:eu-west-1:111111111111:function:hello"); }};
    all["illegal characters, non-lambda ARN, missing region or account in ARN, two qualifiers, misspelt $LATES"] = {
        [=, this] { return Get("hello:$LATES"); }, {{"v", "hello:$LATES"}}};
    all["same, stricter (no dots; $latest rejected)"] = {[=, this] {
                                                           return Create({{"FunctionName", "hello:$latest"}});
                                                         },
                                                         {{"v", "hello:$latest"}}};
    all["illegal characters in Qualifier"] = {[=, this] {
                                                const std::string bad = "a.b";
                                                return Get("hello", &bad);
                                              },
                                              {{"v", "a.b"}}};
    all["Qualifier longer than 128"] = {[=, this] { return Get("hello", &long_qualifier); }, {{"v", long_qualifier}}};
    all["bare name longer than 64"] = {[=, this] { return Create({{"FunctionName", long_name}}); }, {{"v", long_name}}};
    all["whole FunctionName (ARN form) longer than 140"] = {[=, this] {
                                                              return Create({{"FunctionName", long_arn}});
                                                            },
                                                            {{"v", long_arn}}};
    all["two failures at once are joined"] = {[=, this] { return Get("a b", &long_qualifier); },
                                              {{"q", long_qualifier}, {"v", "a b"}}};
  }

  void AddSettings(std::map<std::string, Provocation>& all) {
    all["name taken"] = {[this] { return Create(); }, {{"name", "hello"}}};
    all["role is not a role ARN"] = {[this] { return Create({{"Role", "role"}}); }, {{"v", "role"}}};
    all["unknown runtime (case-sensitive)"] = {[this] {
                                                 return Create({{"FunctionName", "r"}, {"Runtime", "Python3.11"}});
                                               },
                                               {{"v", "Python3.11"}}};
    all["runtime past its block-create date"] = {[this] {
                                                   return Create({{"FunctionName", "r"}, {"Runtime", "python3.7"}});
                                                 },
                                                 {{"v", "python3.7"}}};
    all["two architectures"] = {[this] { return Create({{"Architectures", Parsed(R"(["x86_64","arm64"])")}}); }};
    all["unknown architecture"] = {[this] { return Create({{"Architectures", Parsed(R"(["X86_64"])")}}); }};
    all["environment JSON over 4096 bytes"] = {
        [this] {
          return UpdateConfiguration(Json(
              Json::Object{{"Environment",
                            Json(Json::Object{{"Variables", Json(Json::Object{{"LONG", std::string(4100, 'x')}})}})}}));
        },
        {{"json of Variables", "{\"LONG\":\"" + std::string(4100, 'x') + "\"}"}}};
    all["reserved environment key"] = {
        [this] {
          return UpdateConfiguration(
              Parsed(R"({"Environment":{"Variables":{"AWS_REGION":"a","OK":"b","LAMBDA_TASK_ROOT":"c"}}})"));
        },
        {{"keys", "AWS_REGION, LAMBDA_TASK_ROOT"}}};
    all["bad subnet id"] = {[this] {
                              return Create({{"VpcConfig", Parsed(R"({"SubnetIds":["net-1"]})")}});
                            },
                            {{"id", "net-1"}}};
    all["bad security group id"] = {[this] {
                                      return Create({{"VpcConfig", Parsed(R"({"SecurityGroupIds":["sg_1"]})")}});
                                    },
                                    {{"id", "sg_1"}}};
    all["SnapStart on unsupported runtime"] = {
        [this] {
          return Create({{"FunctionName", "r"},
                         {"Runtime", "nodejs22.x"},
                         {"SnapStart", Parsed(R"({"ApplyOn":"PublishedVersions"})")}});
        },
        {{"runtime", "nodejs22.x"}}};
    all["bad SnapStart.ApplyOn"] = {[this] {
                                      return Create({{"SnapStart", Parsed(R"({"ApplyOn":"All"})")}});
                                    },
                                    {{"v", "All"}}};
    all["log level with text format"] = {[this] {
      return Create({{"FunctionName", "r"}, {"LoggingConfig", Parsed(R"({"ApplicationLogLevel":"INFO"})")}});
    }};
    all["capacity provider settings on a default function (and similar)"] = {[this] {
      return Create({{"FunctionName", "r"},
                     {"CapacityProviderConfig",
                      Parsed(R"({"LambdaManagedInstancesCapacityProviderConfig":{"CapacityProviderArn":"a"}})")}});
    }};
    all["bad FunctionVersion"] = {[this] { return ListVersions("all"); }, {{"v", "all"}}};
    all["over 50 tags in total"] = {[this] {
      Json tags{Json::Object()};
      for (int i = 0; i < 51; ++i) tags.Set("k" + std::to_string(i), "v");
      return Create({{"FunctionName", "tagged"}, {"Tags", tags}});
    }};
  }

  void AddCodeAndInvocation(std::map<std::string, Provocation>& all) {
    all["archive is not a zip"] = {[this] {
      return CreateWithInspection(absl::InvalidArgumentError(
          "Could not unzip uploaded file. Please check your file, then try to upload again."));
    }};
    all["unzipped content over 250 MiB"] = {[this] {
      return CreateWithInspection(absl::InvalidArgumentError("Unzipped size must be smaller than 262144000 bytes"));
    }};
    all["zip over 50 MiB in ZipFile"] = {[this] {
      return UpdateCode(Json(Json::Object{{"ZipFile", Base64Encode(std::string(52428801, 'z'))}}));
    }};
    all["ImageUri sent to a Zip function"] = {
        [this] { return UpdateCode(Parsed(R"({"ImageUri":"registry/image"})")); }};
    all["previous update still in progress or function Pending"] = {
        [this] {
          PutPending("pending");
          return Read(functions_api_.UpdateConfiguration(Named("pending")));
        },
        {{"fnArn", "arn:aws:lambda:eu-west-1:000000000000:function:pending"}}};
    all["RevisionId mismatch"] = {[this] { return UpdateConfiguration(Parsed(R"({"RevisionId":"other"})")); }};
    all["concurrency used up (reserved)"] = {[this] {
      return InvokeWith(InvokeOutcome(Throttled{"ReservedFunctionConcurrentInvocationLimitExceeded", {}}));
    }};
    all["payload is not UTF-8"] = {[this] { return Invoke(Payload("\"\x87\"")); }};
    all["payload is not JSON"] = {[this] { return Invoke(Payload("\x99")); }};
  }
};

TEST_F(ErrorTextsTest, AreThoseRecordedFromAws) {
  CreateActive();
  std::map<std::string, Provocation> provocations;
  AddNames(provocations);
  AddSettings(provocations);
  AddCodeAndInvocation(provocations);
  const std::vector<Row> rows = ReadRows();
  ASSERT_EQ(rows.size(), provocations.size());
  for (const Row& row : rows) {
    SCOPED_TRACE(row.condition);
    ASSERT_TRUE(provocations.contains(row.condition));
    const Provocation& provocation = provocations[row.condition];
    std::string expected = row.message;
    for (const auto& [name, value] : provocation.values)
      expected = absl::StrReplaceAll(expected, {{"{" + name + "}", value}});
    expected = absl::StrReplaceAll(expected, {{"\\n", "\n"}});
    const Answer answer = provocation.provoke();
    EXPECT_EQ(answer.error, row.shape);
    EXPECT_EQ(std::to_string(answer.status), row.status);
    const Json* text = answer.body.Find(row.body_key);
    ASSERT_NE(text, nullptr) << answer.raw;
    if (expected == "(null)") {
      EXPECT_TRUE(text->is_null());
    } else if (const size_t cut = expected.find("…"); cut != std::string::npos) {  // recorded without its end
      EXPECT_EQ(text->as_string().substr(0, expected.find('\n')), expected.substr(0, expected.find('\n')));
    } else {
      EXPECT_EQ(text->as_string(), expected);
    }
  }
}

}  // namespace
}  // namespace hearth::controller
