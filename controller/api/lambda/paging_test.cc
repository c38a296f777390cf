#include "controller/api/lambda/paging.h"

#include "controller/api/lambda/lambda_test_support.h"

namespace hearth::controller {
namespace {

class PagingTest : public LambdaTest {
 protected:
  absl::StatusOr<Paging> Page(const std::string& items, const std::string& marker) {
    ApiCall call = Call();
    if (!items.empty()) call.query["MaxItems"] = items;
    if (!marker.empty()) call.query["Marker"] = marker;
    return ReadPaging(call, "things", validation_, max_items_);
  }
  int64_t max_items_ = kMaxItems;
  Validation validation_;
};

TEST_F(PagingTest, GivesFiftyUnlessFewerAreAskedFor) {
  EXPECT_EQ(Page("", "")->limit, 50u);
  EXPECT_EQ(Page("7", "")->limit, 7u);
  EXPECT_EQ(Page("10000", "")->limit, 50u);
}

TEST_F(PagingTest, GoesOnAfterTheMarker) { EXPECT_EQ(Page("", MakeMarker("things", "a:1"))->after, "a:1"); }

TEST_F(PagingTest, RefusesTheMarkerOfAnotherList) {
  EXPECT_EQ(AwsErrorShape(Page("", MakeMarker("others", "a")).status()), "InvalidParameterValueException");
  EXPECT_EQ(AwsErrorShape(Page("", "?").status()), "InvalidParameterValueException");
}

TEST_F(PagingTest, RefusesNumbersOfItemsThatAreNone) {
  EXPECT_EQ(AwsErrorShape(Page("many", "").status()), "SerializationException");
  EXPECT_TRUE(Page("0", "").ok());
  EXPECT_EQ(AwsErrorShape(validation_.Result()), "ValidationException");
}

TEST_F(PagingTest, RefusesMoreItemsThanTheOperationGives) {
  max_items_ = 50;
  EXPECT_TRUE(Page("50", "").ok() && validation_.Result().ok());
  EXPECT_TRUE(Page("51", "").ok());
  EXPECT_EQ(AwsErrorShape(validation_.Result()), "ValidationException");
}

}  // namespace
}  // namespace hearth::controller
