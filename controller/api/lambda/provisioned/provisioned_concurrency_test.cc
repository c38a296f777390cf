#include "controller/api/lambda/provisioned/provisioned_concurrency.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

constexpr char kUnpublished[] = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
constexpr char kAliasConflict[] =
    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
constexpr char kPath[] = "FunctionName";

class ProvisionedConcurrencyTest : public LambdaTest {
 protected:
  // Versions 1, 2 and 3, and "live", which points to 1.
  ProvisionedConcurrencyTest() {
    CreateActive();
    Run("PublishVersion");
    PublishCode("PK zip two");
    PublishCode("PK zip three");
    Run("CreateAlias", R"({"Name":"live","FunctionVersion":"1"})");
    api_.AddTo(table_);
  }
  Answer Ask(const std::string& operation, const std::string& qualifier, Json body = Json(Json::Object()),
             const std::string& name = "hello") {
    ApiCall call = Call(std::move(body));
    call.labels[kPath] = name;
    call.query["Qualifier"] = qualifier;
    return Read((*table_.Find(operation + "ProvisionedConcurrencyConfig"))(call));
  }
  Answer Put(const std::string& qualifier, int64_t requested, const std::string& name = "hello") {
    return Ask("Put", qualifier, Json(Json::Object{{"ProvisionedConcurrentExecutions", requested}}), name);
  }
  Answer Get(const std::string& qualifier) { return Ask("Get", qualifier); }
  Answer List(const std::map<std::string, std::string>& query = {}) {
    ApiCall call = Call();
    for (const auto& [name, value] : query) call.query[name] = value;
    return Read((*table_.Find("ListProvisionedConcurrencyConfigs"))(call));
  }

  Allocation allocation_;
  ProvisionedConcurrencyApi api_{
      kTestRegion, limits_of_, *functions_, *provisioned_, [this](const auto&) { return allocation_; }, clock_};
  OperationTable table_;
};

TEST_F(ProvisionedConcurrencyTest, AcceptsAndShowsHowFarItIs) {
  const Answer put = Put("1", 3);
  EXPECT_EQ(put.status, 202);
  EXPECT_EQ(put.body.Find("RequestedProvisionedConcurrentExecutions")->as_integer(), 3);
  EXPECT_EQ(Text(put.body, "Status"), "IN_PROGRESS");
  EXPECT_EQ(Text(put.body, "LastModified"), FormatAwsTimestamp(clock_.Wall()));
  allocation_ = {Allocation::Status::kReady, 3, ""};
  EXPECT_EQ(Text(Get("1").body, "Status"), "READY");
  EXPECT_EQ(Get("1").body.Find("AvailableProvisionedConcurrentExecutions")->as_integer(), 3);
  EXPECT_EQ(Get("1").body.Find("StatusReason"), nullptr);
  allocation_ = {Allocation::Status::kFailed, 0, "FUNCTION_ERROR_INIT_FAILURE"};
  EXPECT_EQ(Text(Get("1").body, "Status"), "FAILED");
  EXPECT_EQ(Text(Get("1").body, "StatusReason"), "FUNCTION_ERROR_INIT_FAILURE");
}

TEST_F(ProvisionedConcurrencyTest, IsGoneAfterItsDeletionWhichMayBeRepeated) {
  Put("1", 3);
  EXPECT_EQ(Ask("Delete", "1").status, 204);
  const Answer gone = Get("1");
  EXPECT_EQ(gone.error, "ProvisionedConcurrencyConfigNotFoundException");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.text, "No Provisioned Concurrency Config found for this function");
  EXPECT_EQ(Ask("Delete", "1").status, 204);
}

TEST_F(ProvisionedConcurrencyTest, GoesWithItsAliasVersionAndFunction) {
  Put("live", 1);
  RunOnAlias("DeleteAlias", "live");
  EXPECT_EQ(List().body.Find("ProvisionedConcurrencyConfigs")->as_array().size(), 0u);
  Put("2", 1);
  const std::string two = "2";
  EXPECT_EQ(Read(functions_api_.Delete(Named("hello", &two))).status, 204);
  EXPECT_EQ(provisioned_->TotalOf({kTestAccount, "hello"}), 0);
}

TEST_F(ProvisionedConcurrencyTest, IsOfPublishedVersionsOnly) {
  EXPECT_EQ(Put("$LATEST", 1).text, kUnpublished);
  EXPECT_EQ(Get("$LATEST").text, "The function resource provided must be an alias or a published version.");
  EXPECT_EQ(Ask("Delete", "$LATEST").text, Get("$LATEST").text);
  Run("CreateAlias", R"({"Name":"edge","FunctionVersion":"$LATEST"})");
  EXPECT_EQ(Put("edge", 1).text, kUnpublished);
}

TEST_F(ProvisionedConcurrencyTest, NamesWhatDoesNotExist) {
  EXPECT_EQ(Put("9", 1).text, std::string("Function not found: ") + kTestArn + ":9");
  EXPECT_EQ(Put("none", 1).text, std::string("Cannot find alias arn: ") + kTestArn + ":none");
  EXPECT_EQ(Get("none").text, Put("none", 1).text);
  EXPECT_EQ(Put("1", 1, "nobody").text, "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:nobody:1");
  EXPECT_EQ(Put("1", 1, "nobody").status, 404);
}

TEST_F(ProvisionedConcurrencyTest, AVersionHasOneConfigurationAtMost) {
  Put("live", 1);
  const Answer pointed = Put("1", 1);
  EXPECT_EQ(pointed.status, 409);
  EXPECT_EQ(pointed.text, "Version is pointed by a Provisioned Concurrency alias");
  Run("CreateAlias", R"({"Name":"beta","FunctionVersion":"1"})");
  EXPECT_EQ(Put("beta", 1).text, kAliasConflict);
  Put("2", 1);
  EXPECT_EQ(RunOnAlias("UpdateAlias", "live", R"({"FunctionVersion":"2"})").text, kAliasConflict);
  EXPECT_EQ(RunOnAlias("UpdateAlias", "live", R"({"FunctionVersion":"$LATEST"})").text, kUnpublished);
  EXPECT_EQ(RunOnAlias("UpdateAlias", "live", R"({"FunctionVersion":"3"})").status, 200);
  EXPECT_EQ(RunOnAlias("UpdateAlias", "beta", R"({"FunctionVersion":"2"})").status, 200);
  EXPECT_EQ(Put("beta", 1).text, kAliasConflict);
}

TEST_F(ProvisionedConcurrencyTest, TakesWhatTheFunctionHasReserved) {
  Run("PutFunctionConcurrency", R"({"ReservedConcurrentExecutions":5})");
  EXPECT_EQ(Put("1", 3).status, 202);
  EXPECT_EQ(
      Put("2", 3).text,
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function");
  EXPECT_EQ(Put("2", 2).status, 202);
  EXPECT_EQ(Run("PutFunctionConcurrency", R"({"ReservedConcurrentExecutions":4})").raw,
            R"({"message":" ReservedConcurrentExecutions  4 should not be lower than function's total provisioned )"
            R"(concurrency [5]."})");
}

TEST_F(ProvisionedConcurrencyTest, LeavesTheOtherFunctionsTheirMinimum) {
  EXPECT_EQ(Put("1", 1001).raw, R"({"message":"Specified ConcurrentExecutions for function is greater than account's )"
                                R"(unreserved concurrency [1000]."})");
  EXPECT_EQ(Put("1", 901).raw, R"({"message":"Specified ConcurrentExecutions for function decreases account's )"
                               R"(UnreservedConcurrentExecution below its minimum value of [100]."})");
  EXPECT_EQ(Put("1", 600).status, 202);
  EXPECT_EQ(Put("2", 301).status, 400);
  EXPECT_EQ(Put("1", 900).status, 202);
  EXPECT_EQ(Put("1", 899).status, 202);
  Create({{"FunctionName", "other"}});
  ApiCall call = Call(*Json::Parse(R"({"ReservedConcurrentExecutions":2})"));
  call.labels[kPath] = "other";
  EXPECT_EQ(Run("PutFunctionConcurrency", call).status, 400);
  const Json limit = *Read(account_api_.GetSettings(Call())).body.Find("AccountLimit");
  EXPECT_EQ(limit.Find("UnreservedConcurrentExecutions")->as_integer(), 101);
}

TEST_F(ProvisionedConcurrencyTest, ChecksWhatTheModelSays) {
  EXPECT_EQ(Put("1", 0).text,
            "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1");
  EXPECT_EQ(Ask("Put", "1").error, "ValidationException");
  ApiCall call = Call();
  EXPECT_EQ(Read(api_.Get(call)).error, "ValidationException");
  EXPECT_EQ(List({{"MaxItems", "51"}}).error, "ValidationException");
}

TEST_F(ProvisionedConcurrencyTest, ListsPageByPage) {
  Put("2", 1);
  Put("live", 2);
  const Answer first = List({{"MaxItems", "1"}});
  const Json& row = first.body.Find("ProvisionedConcurrencyConfigs")->as_array().at(0);
  EXPECT_EQ(Text(row, "FunctionArn"), std::string(kTestArn) + ":2");
  EXPECT_EQ(Text(row, "Status"), "IN_PROGRESS");
  const Answer rest = List({{"Marker", Text(first.body, "NextMarker")}});
  EXPECT_EQ(Text(rest.body.Find("ProvisionedConcurrencyConfigs")->as_array().at(0), "FunctionArn"),
            std::string(kTestArn) + ":live");
  EXPECT_EQ(rest.body.Find("NextMarker"), nullptr);
}

}  // namespace
}  // namespace hearth::controller
