#include "controller/api/lambda/runtime_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "controller/api/aws_error.h"

namespace hearth::controller {
namespace {

struct RuntimeId {
  std::string_view id;
  std::chrono::year_month_day block_create;  // from this day on; the first day of 1970: long ago
};

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

constexpr std::chrono::year_month_day Day(int y, unsigned m, unsigned d) { return {year(y), month(m), day(d)}; }
constexpr auto kLongAgo = Day(1970, 1, 1);
constexpr auto kNoDateYet = Day(9999, 12, 31);

constexpr RuntimeId kRuntimeIds[] = {
    {"nodejs24.x", Day(2028, 6, 1)},
    {"nodejs22.x", Day(2027, 6, 1)},
    {"nodejs20.x", Day(2026, 8, 31)},
    {"python3.14", Day(2029, 7, 31)},
    {"python3.13", Day(2029, 7, 31)},
    {"python3.12", Day(2028, 11, 30)},
    {"python3.11", Day(2027, 7, 31)},
    {"python3.10", Day(2026, 11, 30)},
    {"java25", Day(2029, 7, 31)},
    {"java21", Day(2029, 7, 31)},
    {"java17", Day(2027, 7, 31)},
    {"java11", Day(2027, 7, 31)},
    {"java8.al2", Day(2027, 7, 31)},
    {"dotnet10", Day(2028, 12, 14)},
    {"dotnet8", Day(2026, 12, 10)},
    {"ruby3.4", Day(2028, 4, 30)},
    {"ruby3.3", Day(2027, 4, 30)},
    {"ruby3.2", Day(2026, 8, 31)},
    {"provided.al2023", Day(2029, 7, 31)},
    {"provided.al2", Day(2026, 8, 31)},
    {"nodejs26.x", kNoDateYet},
    {"python3.15", kNoDateYet},
    {"ruby4.0", kNoDateYet},
    {"java8.al2023", kNoDateYet},
    {"java11.al2023", kNoDateYet},
    {"java17.al2023", kNoDateYet},
    {"nodejs", kLongAgo},
    {"nodejs4.3", kLongAgo},
    {"nodejs4.3-edge", kLongAgo},
    {"nodejs6.10", kLongAgo},
    {"nodejs8.10", kLongAgo},
    {"nodejs10.x", kLongAgo},
    {"nodejs12.x", kLongAgo},
    {"nodejs14.x", kLongAgo},
    {"nodejs16.x", kLongAgo},
    {"nodejs18.x", kLongAgo},
    {"python2.7", kLongAgo},
    {"python3.6", kLongAgo},
    {"python3.7", kLongAgo},
    {"python3.8", kLongAgo},
    {"python3.9", kLongAgo},
    {"java8", kLongAgo},
    {"dotnetcore1.0", kLongAgo},
    {"dotnetcore2.0", kLongAgo},
    {"dotnetcore2.1", kLongAgo},
    {"dotnetcore3.1", kLongAgo},
    {"dotnet6", kLongAgo},
    {"go1.x", kLongAgo},
    {"ruby2.5", kLongAgo},
    {"ruby2.7", kLongAgo},
    {"provided", kLongAgo},
};

// As recorded: AWS's set grows and is not sorted.
constexpr std::string_view kShownSet =
    "nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, "
    "python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, "
    "java11, "
    "dotnet6, nodejs18.x, provided.al2, java8.al2";

}  // namespace

bool IsRuntimeId(std::string_view runtime_id) {
  return std::any_of(std::begin(kRuntimeIds), std::end(kRuntimeIds),
                     [&](const RuntimeId& known) { return known.id == runtime_id; });
}

std::string_view ShownRuntimeIds() { return kShownSet; }

std::string AllRuntimeIds() {
  std::string all;
  for (const RuntimeId& known : kRuntimeIds) all.append(all.empty() ? "" : ", ").append(known.id);
  return all;
}

absl::Status CheckRuntimeId(std::string_view runtime_id, WallTime now, bool allow_deprecated) {
  const RuntimeId* found = std::find_if(std::begin(kRuntimeIds), std::end(kRuntimeIds),
                                        [&](const RuntimeId& known) { return known.id == runtime_id; });
  if (found == std::end(kRuntimeIds)) {
    return AwsError(
        "InvalidParameterValueException",
        fmt::format("Value {} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
                    "[{}] or be a valid ARN",
                    runtime_id, kShownSet));
  }
  if (allow_deprecated || now < std::chrono::sys_days(found->block_create)) return absl::OkStatus();
  return AwsError(
      "InvalidParameterValueException",
      fmt::format("The runtime parameter of {} is no longer supported for creating or updating AWS Lambda "
                  "functions. We recommend you use a supported runtime while creating or updating functions.",
                  runtime_id));
}

bool SupportsSnapStart(std::string_view runtime_id) {
  constexpr std::string_view kSupported[] = {"python3.12", "python3.13", "python3.14", "python3.15", "java11",
                                             "java17",     "java21",     "java25",     "dotnet8",    "dotnet10"};
  return std::find(std::begin(kSupported), std::end(kSupported), runtime_id) != std::end(kSupported);
}

}  // namespace hearth::controller
