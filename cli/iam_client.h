// IamClient speaks IAM's query protocol, signed as an AWS profile.
//
// Shapes:  parameters are IAM's; the answer is XML, from which ElementsOf takes what a command prints.
// Errors:  the service's, with its code and text; those of HttpClient.
// Threads: one.
// Source:  AWS IAM API Reference, "Making query requests".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/aws_profile.h"
#include "common/clock.h"
#include "common/io/http_client.h"

namespace hearth::cli {

class IamClient {
 public:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  IamClient(HttpClient& client, Clock& clock, AwsProfile profile)
      : client_(client), clock_(clock), profile_(std::move(profile)) {}

  absl::StatusOr<std::string> Ask(const std::string& action, const Parameters& parameters);
  // Every <member> of a paged list, one text each.
  absl::StatusOr<std::vector<std::string>> List(const std::string& action, Parameters parameters,
                                                std::string_view list);

 private:
  HttpClient& client_;
  Clock& clock_;
  const AwsProfile profile_;
};

// What stands between <tag> and </tag>, each time it does. Elements of one name do not nest in IAM's answers but for
// "member": those of a list are taken with the lists below left inside.
std::vector<std::string> ElementsOf(std::string_view xml, std::string_view tag);
// The text of the first <tag>, without escapes; empty when there is none.
std::string TextOf(std::string_view xml, std::string_view tag);

}  // namespace hearth::cli
