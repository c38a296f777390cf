#include "controller/limits/api_rates.h"

#include <gtest/gtest.h>

namespace hearth::controller {
namespace {

class ApiRatesTest : public testing::Test {
 protected:
  int Count(const std::string& account, std::string_view operation) {
    int admitted = 0;
    while (admitted < 1000 && rates_.Admit(account, operation)) ++admitted;
    return admitted;
  }

  FakeClock clock_;
  Limits limits_{.api_calls_per_second = 15, .get_function_calls_per_second = 100, .get_policy_calls_per_second = 5};
  ApiRates rates_{[this](const std::string&) { return limits_; }, clock_};
};

TEST_F(ApiRatesTest, GetFunctionAndGetPolicyCountForThemselvesAllOthersTogether) {
  EXPECT_EQ(Count("a", "ListFunctions"), 15);
  EXPECT_EQ(Count("a", "CreateFunction"), 0);
  EXPECT_EQ(Count("a", "GetFunction"), 100);
  EXPECT_EQ(Count("a", "GetPolicy"), 5);
}

TEST_F(ApiRatesTest, AccountsDoNotSlowEachOther) {
  Count("a", "ListFunctions");
  EXPECT_EQ(Count("b", "ListFunctions"), 15);
}

TEST_F(ApiRatesTest, CallsComeBackWithTime) {
  Count("a", "ListFunctions");
  clock_.Advance(std::chrono::milliseconds(201));
  EXPECT_EQ(Count("a", "ListFunctions"), 3);
}

TEST_F(ApiRatesTest, ARateOfZeroIsNone) {
  limits_.api_calls_per_second = 0;
  EXPECT_EQ(Count("a", "ListFunctions"), 1000);
}

}  // namespace
}  // namespace hearth::controller
