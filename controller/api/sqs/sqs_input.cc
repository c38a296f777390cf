#include "controller/api/sqs/sqs_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "absl/strings/numbers.h"
#include "common/errors.h"
#include "common/uri.h"
#include "controller/api/aws_error.h"
#include "controller/api/sqs/sqs_errors.h"

namespace hearth::controller {
namespace {

constexpr size_t kMaxEntries = 10;
constexpr size_t kMaxEntryIdBytes = 80;
constexpr size_t kAccountDigits = 12;

bool IsEntryId(std::string_view id) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return !id.empty() && id.size() <= kMaxEntryIdBytes && id.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace

std::optional<std::string> SqsInput::Text(std::string_view name) const {
  const Json* found = members_.Find(name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->as_string();
}

absl::StatusOr<std::string> SqsInput::Required(std::string_view name) const {
  std::optional<std::string> text = Text(name);
  if (!text) return MissingParameter(name);
  return *std::move(text);
}

absl::StatusOr<std::optional<int64_t>> SqsInput::Integer(std::string_view name) const {
  const Json* found = members_.Find(name);
  if (found == nullptr || found->is_null()) return std::optional<int64_t>();
  if (found->is_integer()) return std::optional<int64_t>(found->as_integer());
  int64_t value = 0;
  if (found->is_string() && absl::SimpleAtoi(found->as_string(), &value)) return std::optional<int64_t>(value);
  return InvalidValue(found->Dump(), name, "Must be an integer.");
}

absl::StatusOr<std::optional<int64_t>> SqsInput::Within(std::string_view name, int64_t from, int64_t to,
                                                        std::string_view range) const {
  ASSIGN_OR_RETURN(const std::optional<int64_t> value, Integer(name));
  if (value && (*value < from || *value > to)) return InvalidValue(std::to_string(*value), name, range);
  return value;
}

std::vector<std::string> SqsInput::Texts(std::string_view name) const {
  std::vector<std::string> texts;
  const Json* found = members_.Find(name);
  if (found == nullptr || !found->is_array()) return texts;
  for (const Json& one : found->as_array()) {
    if (one.is_string()) texts.push_back(one.as_string());
  }
  return texts;
}

absl::StatusOr<std::map<std::string, std::string>> SqsInput::Map(std::string_view name) const {
  std::map<std::string, std::string> map;
  const Json* found = members_.Find(name);
  if (found == nullptr || found->is_null()) return map;
  if (!found->is_object()) return InvalidValue(found->Dump().substr(0, 100), name, "Must be a map.");
  for (const auto& [key, value] : found->as_object()) {
    if (!value.is_string()) return InvalidValue(value.Dump().substr(0, 100), key, "Must be a string.");
    map[key] = value.as_string();
  }
  return map;
}

absl::StatusOr<std::vector<const Json*>> SqsInput::Entries(std::string_view entry_name) const {
  std::vector<const Json*> entries;
  std::set<std::string> ids;
  const Json* found = members_.Find("Entries");
  const bool some = found != nullptr && found->is_array() && !found->as_array().empty();
  if (!some)
    return AwsError("EmptyBatchRequest", fmt::format("There should be at least one {} in the request.", entry_name));
  if (found->as_array().size() > kMaxEntries) {
    return AwsError("TooManyEntriesInBatchRequest",
                    fmt::format("Maximum number of entries per request are {}. You have sent {}.", kMaxEntries,
                                found->as_array().size()));
  }
  for (const Json& entry : found->as_array()) {
    const std::string id = SqsInput(entry).Text("Id").value_or("");
    if (!IsEntryId(id)) {
      return AwsError("InvalidBatchEntryId",
                      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be "
                      "at most 80 letters long.");
    }
    if (!ids.insert(id).second) return AwsError("BatchEntryIdsNotDistinct", fmt::format("Id {} repeated.", id));
    entries.push_back(&entry);
  }
  return entries;
}

absl::StatusOr<QueueId> QueueOfUrl(std::string_view url) {
  const size_t name = url.rfind('/');
  const size_t account = name == std::string_view::npos || name == 0 ? name : url.rfind('/', name - 1);
  const auto refused = AwsError("InvalidAddress", fmt::format("The address {} is not valid for this endpoint.", url));
  if (name == std::string_view::npos || account == std::string_view::npos) return refused;
  const QueueId id{std::string(url.substr(account + 1, name - account - 1)), UriDecode(url.substr(name + 1))};
  const bool digits = id.account.find_first_not_of("0123456789") == std::string::npos;
  if (id.account.size() != kAccountDigits || !digits || id.name.empty()) return refused;
  return id;
}

std::string UrlOfQueue(const std::string& base_url, const QueueId& id) {
  return fmt::format("{}/{}/{}", base_url, id.account, id.name);
}

}  // namespace hearth::controller
