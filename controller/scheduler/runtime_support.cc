#include "controller/scheduler/runtime_support.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <set>

#include "absl/strings/str_join.h"
#include "common/crypto.h"

namespace hearth::controller {
namespace {

// "python3.12" asks for family python, numbers {3, 12}; "nodejs20.x" for {20}; "provided.al2023" for none.
struct Wanted {
  std::string family;
  std::string version;
  std::vector<int> numbers;
};

std::vector<int> NumbersOf(std::string_view version) {
  std::vector<int> numbers;
  while (!version.empty()) {
    int number = 0;
    const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    version.remove_prefix(static_cast<size_t>(end - version.data()));
    if (!version.empty()) version.remove_prefix(1);  // the dot
  }
  return numbers;
}

Wanted Parse(std::string_view runtime_id) {
  if (runtime_id == "provided" || runtime_id == "provided.al2" || runtime_id == "provided.al2023") {
    return {"provided", std::string(runtime_id.substr(std::min(runtime_id.size(), size_t{9}))), {}};
  }
  const size_t digits = std::min(runtime_id.find_first_of("0123456789"), runtime_id.size());
  const std::string_view version = runtime_id.substr(digits);
  return {std::string(runtime_id.substr(0, digits)), std::string(version), NumbersOf(version)};
}

bool IsExact(const Wanted& wanted, const std::vector<int>& installed) {
  return installed.size() >= wanted.numbers.size() &&
         std::equal(wanted.numbers.begin(), wanted.numbers.end(), installed.begin());
}

// Smaller is nearer: the major version counts most, then the minor one, then newer before older.
std::vector<int> Distance(const Wanted& wanted, const std::vector<int>& installed) {
  std::vector<int> distance;
  for (size_t i = 0; i < wanted.numbers.size(); ++i) {
    distance.push_back(std::abs(wanted.numbers[i] - (i < installed.size() ? installed[i] : 0)));
  }
  for (const int number : installed) distance.push_back(-number);
  return distance;
}

std::string VersionText(const std::string& family, const std::string& version) {
  return version.empty() ? family : fmt::format("{}:{}", family, version);
}

}  // namespace

RuntimeSupport::RuntimeSupport(std::string region, bool allow_nearest)
    : region_(std::move(region)), allow_nearest_(allow_nearest) {}

void RuntimeSupport::SetInstalled(const std::string& worker_id, std::vector<FamilyVersion> versions) {
  MutexLock lock(mutex_);
  Remove(worker_id);
  for (const FamilyVersion& version : versions) {
    Installed& installed = installed_[version];
    if (installed.workers++ == 0) installed.arn = ArnOf(version);
  }
  of_worker_.insert_or_assign(worker_id, std::move(versions));
}

void RuntimeSupport::RemoveWorker(const std::string& worker_id) {
  MutexLock lock(mutex_);
  Remove(worker_id);
}

void RuntimeSupport::Remove(const std::string& worker_id) {
  const auto it = of_worker_.find(worker_id);
  if (it == of_worker_.end()) return;
  for (const FamilyVersion& version : it->second) {
    const auto installed = installed_.find(version);
    if (--installed->second.workers == 0) installed_.erase(installed);
  }
  of_worker_.erase(it);
}

absl::StatusOr<ServedRuntime> RuntimeSupport::Resolve(std::string_view runtime_id) const {
  const Wanted wanted = Parse(runtime_id);
  MutexLock lock(mutex_);
  const absl::StatusOr<FamilyVersion> best = BestOf(runtime_id);
  if (!best.ok()) return best.status();
  const auto& [family, version] = *best;
  ServedRuntime served;
  served.exact = IsExact(wanted, NumbersOf(version));
  const std::string installed_text = VersionText(family, version);
  served.text = installed_text;
  if (!served.exact) served.text = fmt::format("{}:{} (served by {})", family, wanted.version, version);
  if (family == "provided" && !wanted.version.empty()) served.text = fmt::format("{}:{}", family, wanted.version);
  served.arn = ArnOf(*best);
  return served;
}

std::string RuntimeSupport::ArnOf(const FamilyVersion& version) const {
  return fmt::format("arn:aws:lambda:{}::runtime:{}", region_, Sha256Hex(VersionText(version.first, version.second)));
}

bool RuntimeSupport::MayServe(std::string_view runtime_id, const FamilyVersion& candidate) const {
  const Wanted wanted = Parse(runtime_id);
  return candidate.first == wanted.family && (allow_nearest_ || IsExact(wanted, NumbersOf(candidate.second)));
}

std::optional<std::string> RuntimeSupport::ServingArn(std::string_view runtime_id, std::string_view version_arn) const {
  MutexLock lock(mutex_);
  if (version_arn.empty()) {
    const absl::StatusOr<FamilyVersion> best = BestOf(runtime_id);
    return best.ok() ? std::optional(installed_.at(*best).arn) : std::nullopt;
  }
  for (const auto& [version, installed] : installed_) {
    if (installed.arn == version_arn && MayServe(runtime_id, version)) return installed.arn;
  }
  return std::nullopt;
}

absl::StatusOr<RuntimeSupport::FamilyVersion> RuntimeSupport::BestOf(std::string_view runtime_id) const {
  if (of_worker_.empty()) return absl::UnavailableError("no worker has joined; runtimes are installed on workers");
  const Wanted wanted = Parse(runtime_id);
  std::optional<FamilyVersion> best;
  std::vector<int> best_distance;
  for (const auto& [candidate, installed] : installed_) {
    if (!MayServe(runtime_id, candidate)) continue;
    std::vector<int> distance = Distance(wanted, NumbersOf(candidate.second));
    if (best && best_distance <= distance) continue;
    best = candidate;
    best_distance = std::move(distance);
  }
  if (best) return *std::move(best);
  return absl::NotFoundError(fmt::format("no worker has a runtime for {}; installed: {}", runtime_id, ListInstalled()));
}

std::string RuntimeSupport::ListInstalled() const {
  std::set<std::string> texts;
  for (const auto& [version, installed] : installed_) texts.insert(VersionText(version.first, version.second));
  return texts.empty() ? "none" : absl::StrJoin(texts, ", ");
}

}  // namespace hearth::controller
