// SnsInput reads the parameters of a request to SNS.
//
// Shapes:  lists are "Name.member.1", maps "Name.entry.1.key" and "Name.entry.1.value" (of message attributes
//          "….Name" and "….Value.DataType").
// Errors:  InvalidParameter with AWS's texts.
// Threads: one; the form outlives it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/api/query/query_input.h"
#include "controller/topics/topic_types.h"

namespace hearth::controller {

class SnsInput {
 public:
  // `prefix`: of an entry of a batch.
  SnsInput(const QueryInput& form, std::string_view region, std::string prefix = "")
      : form_(form), region_(region), prefix_(std::move(prefix)) {}

  const std::string* Find(std::string_view name) const;
  std::string Text(std::string_view name) const;  // empty when it was not given
  absl::StatusOr<std::string> Required(std::string_view name) const;
  absl::StatusOr<TopicId> Topic(std::string_view name = "TopicArn") const;
  absl::StatusOr<SubscriptionId> Subscription() const;
  std::map<std::string, std::string> Map(std::string_view name) const;
  std::map<std::string, std::string> Tags() const;
  std::vector<std::string> List(std::string_view name) const { return form_.List(prefix_ + std::string(name)); }
  // As SQS has them: {"name":{"DataType":…,"StringValue":…}}.
  Json MessageAttributes() const;
  const QueryInput& form() const { return form_; }

  // The token of a page that goes on after `last`, and back.
  static std::string PageToken(std::string_view last);
  absl::StatusOr<std::string> AfterPage() const;

 private:
  const QueryInput& form_;
  const std::string region_;
  const std::string prefix_;
};

}  // namespace hearth::controller
