// SqsInput reads the members of a request to SQS, which both protocols bring as JSON.
//
// Errors:  InvalidParameterValue for a member of another type, MissingParameter for one that has to be there.
// Threads: one; the Json outlives it.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/io/json.h"
#include "controller/queues/queue_types.h"

namespace hearth::controller {

class SqsInput {
 public:
  explicit SqsInput(const Json& members) : members_(members) {}

  // nullopt when it was not given, or is no text.
  std::optional<std::string> Text(std::string_view name) const;
  absl::StatusOr<std::string> Required(std::string_view name) const;
  absl::StatusOr<std::optional<int64_t>> Integer(std::string_view name) const;
  // `range`: what AWS says of a value outside of it.
  absl::StatusOr<std::optional<int64_t>> Within(std::string_view name, int64_t from, int64_t to,
                                                std::string_view range) const;
  std::vector<std::string> Texts(std::string_view name) const;
  absl::StatusOr<std::map<std::string, std::string>> Map(std::string_view name) const;
  const Json* Find(std::string_view name) const { return members_.Find(name); }

  // The entries of a batch: some, few enough, each with an id of its own.
  absl::StatusOr<std::vector<const Json*>> Entries(std::string_view entry_name) const;

 private:
  const Json& members_;
};

// "http://host/000000000000/orders" names the queue by its end.
absl::StatusOr<QueueId> QueueOfUrl(std::string_view url);
std::string UrlOfQueue(const std::string& base_url, const QueueId& id);

}  // namespace hearth::controller
