#include "controller/store/function_edit.h"

#include <charconv>
#include <set>
#include <utility>

#include "common/errors.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 500;
constexpr size_t kMaxConfigs = 1'000'000;  // of one function and kind: at most one for each version and alias

// The record at `key`; nullopt when there is none.
template <class Record>
absl::StatusOr<std::optional<Record>> ReadRecord(const Database& database, const std::string& key) {
  const absl::StatusOr<std::string> bytes = database.Get(key);
  if (absl::IsNotFound(bytes.status())) return std::optional<Record>();
  if (!bytes.ok()) return bytes.status();
  ASSIGN_OR_RETURN(Record record, ParseRecord<Record>(key, *bytes));
  return std::optional<Record>(std::move(record));
}

template <class Record>
absl::StatusOr<Record> Found(const std::optional<Record>& record, const std::string& key) {
  if (!record) return absl::NotFoundError(key);
  return *record;
}

template <class Record>
void StageStep(std::string key, const FunctionEdit::Step<Record>& step, WriteBatch& batch) {
  if (step.after) {
    batch.Put(std::move(key), step.after->SerializeAsString());
  } else if (step.before) {
    batch.Delete(std::move(key));
  }
}

template <class Steps>
int64_t GrowthOf(const Steps& steps) {
  int64_t growth = 0;
  for (const auto& [key, step] : steps) growth += (step.after ? 1 : 0) - (step.before ? 1 : 0);
  return growth;
}

void AppendCode(const records::FunctionVersion& version, std::vector<std::string>& code) {
  if (!version.code_sha256_hex().empty()) code.push_back(version.code_sha256_hex());
  for (const records::UsedLayer& layer : version.layers()) code.push_back(layer.code_sha256_hex());
}

// An update in progress keeps both packages and both lists of layers alive, each once.
void AppendCode(const records::Function& function, std::vector<std::string>& code) {
  std::vector<std::string> held;
  if (function.has_latest()) AppendCode(function.latest(), held);
  if (function.has_serving()) AppendCode(function.serving(), held);
  const std::set<std::string> once(held.begin(), held.end());
  code.insert(code.end(), once.begin(), once.end());
}

}  // namespace

std::optional<int64_t> ParseVersionNumber(std::string_view text) {
  int64_t number = 0;
  if (text.empty() || text[0] < '1' || text[0] > '9') return std::nullopt;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

const records::FunctionVersion& ServingOf(const records::Function& function) {
  return function.has_serving() ? function.serving() : function.latest();
}

absl::StatusOr<records::FunctionVersion> FunctionEdit::GetVersion(int64_t number) const {
  const std::string key = FunctionVersionKey(id_.account, id_.name, number);
  if (const auto it = versions_.find(number); it != versions_.end()) return Found(it->second.after, key);
  ASSIGN_OR_RETURN(const auto record, ReadRecord<records::FunctionVersion>(database_, key));
  return Found(record, key);
}

absl::Status FunctionEdit::PutVersion(records::FunctionVersion version) {
  const std::optional<int64_t> number = ParseVersionNumber(version.version());
  if (!number) return absl::InternalError("not the number of a version: " + version.version());
  ASSIGN_OR_RETURN(auto* const step, FindVersion(*number));
  step->after = std::move(version);
  return absl::OkStatus();
}

absl::Status FunctionEdit::DeleteVersion(int64_t number) {
  ASSIGN_OR_RETURN(auto* const step, FindVersion(number));
  const std::string key = FunctionVersionKey(id_.account, id_.name, number);
  RETURN_IF_ERROR(Found(step->after, key).status());
  step->after.reset();
  others.Delete(FunctionPolicyKey(id_.account, id_.name, std::to_string(number)));
  others.Delete(EventInvokeConfigKey(id_.account, id_.name, std::to_string(number)));
  others.Delete(ProvisionedConfigKey(id_.account, id_.name, std::to_string(number)));
  return absl::OkStatus();
}

absl::StatusOr<records::Alias> FunctionEdit::GetAlias(const std::string& name) const {
  const std::string key = FunctionAliasKey(id_.account, id_.name, name);
  if (const auto it = aliases_.find(name); it != aliases_.end()) return Found(it->second.after, key);
  ASSIGN_OR_RETURN(const auto record, ReadRecord<records::Alias>(database_, key));
  return Found(record, key);
}

absl::StatusOr<std::vector<records::Alias>> FunctionEdit::ListAliases() const {
  std::vector<records::Alias> aliases;
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const auto page, database_.Scan(FunctionAliasesPrefix(id_.account, id_.name), after, kScanPage));
    for (const KeyValue& pair : page) {
      ASSIGN_OR_RETURN(records::Alias alias, ParseRecord<records::Alias>(pair.key, pair.value));
      if (!aliases_.contains(alias.name())) aliases.push_back(std::move(alias));
    }
    if (page.size() < kScanPage) break;
    after = page.back().key;
  }
  for (const auto& [name, step] : aliases_) {
    if (step.after) aliases.push_back(*step.after);
  }
  return aliases;
}

absl::Status FunctionEdit::PutAlias(records::Alias alias) {
  ASSIGN_OR_RETURN(auto* const step, FindAlias(alias.name()));
  step->after = std::move(alias);
  return absl::OkStatus();
}

absl::Status FunctionEdit::DeleteAlias(const std::string& name) {
  ASSIGN_OR_RETURN(auto* const step, FindAlias(name));
  RETURN_IF_ERROR(Found(step->after, FunctionAliasKey(id_.account, id_.name, name)).status());
  step->after.reset();
  others.Delete(FunctionPolicyKey(id_.account, id_.name, name));
  others.Delete(EventInvokeConfigKey(id_.account, id_.name, name));
  others.Delete(ProvisionedConfigKey(id_.account, id_.name, name));
  return absl::OkStatus();
}

absl::Status FunctionEdit::DeleteAll() {
  function.Clear();
  for (const std::string& prefix :
       {EventInvokeConfigsPrefix(id_.account, id_.name), ProvisionedConfigsPrefix(id_.account, id_.name)}) {
    ASSIGN_OR_RETURN(const auto configs, database_.Scan(prefix, "", kMaxConfigs));
    for (const KeyValue& pair : configs) others.Delete(pair.key);
  }
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const auto page, database_.Scan(FunctionRelativesPrefix(id_.account, id_.name), after, kScanPage));
    for (const KeyValue& pair : page) {
      others.Delete(pair.key);
      RETURN_IF_ERROR(DeleteRow(pair));
    }
    if (page.size() < kScanPage) return absl::OkStatus();
    after = page.back().key;
  }
}

absl::Status FunctionEdit::DeleteRow(const KeyValue& pair) {
  const std::optional<RelativeKey> key = ParseRelativeKey(pair.key);
  if (key && key->kind == kVersionKind) {
    ASSIGN_OR_RETURN(auto version, ParseRecord<records::FunctionVersion>(pair.key, pair.value));
    const int64_t number = ParseVersionNumber(version.version()).value_or(0);
    versions_[number] = {std::move(version), std::nullopt};
  }
  if (key && key->kind == kAliasKind) {
    ASSIGN_OR_RETURN(auto alias, ParseRecord<records::Alias>(pair.key, pair.value));
    const std::string name = alias.name();
    aliases_[name] = {std::move(alias), std::nullopt};
  }
  return absl::OkStatus();
}

FunctionEdit::CodeChange FunctionEdit::Code() const {
  CodeChange change;
  AppendCode(before_, change.dropped);
  AppendCode(function, change.gained);
  change.growth_bytes = function.latest().code_bytes() - before_.latest().code_bytes();
  for (const auto& [number, step] : versions_) {
    if (step.before) {
      AppendCode(*step.before, change.dropped);
      change.growth_bytes -= step.before->code_bytes();
    }
    if (step.after) {
      AppendCode(*step.after, change.gained);
      change.growth_bytes += step.after->code_bytes();
    }
  }
  return change;
}

int64_t FunctionEdit::VersionGrowth() const { return GrowthOf(versions_); }

int64_t FunctionEdit::AliasGrowth() const { return GrowthOf(aliases_); }

WriteBatch FunctionEdit::Batch() const {
  WriteBatch batch = others;
  const std::string key = FunctionKey(id_.account, id_.name);
  if (function.has_latest()) {
    batch.Put(key, function.SerializeAsString());
  } else {
    batch.Delete(key);
  }
  for (const auto& [number, step] : versions_) {
    StageStep(FunctionVersionKey(id_.account, id_.name, number), step, batch);
  }
  for (const auto& [name, step] : aliases_) StageStep(FunctionAliasKey(id_.account, id_.name, name), step, batch);
  return batch;
}

absl::StatusOr<FunctionEdit::Step<records::FunctionVersion>*> FunctionEdit::FindVersion(int64_t number) {
  if (const auto it = versions_.find(number); it != versions_.end()) return &it->second;
  ASSIGN_OR_RETURN(auto standing,
                   ReadRecord<records::FunctionVersion>(database_, FunctionVersionKey(id_.account, id_.name, number)));
  return &versions_.emplace(number, Step<records::FunctionVersion>{standing, standing}).first->second;
}

absl::StatusOr<FunctionEdit::Step<records::Alias>*> FunctionEdit::FindAlias(const std::string& name) {
  if (const auto it = aliases_.find(name); it != aliases_.end()) return &it->second;
  ASSIGN_OR_RETURN(auto standing, ReadRecord<records::Alias>(database_, FunctionAliasKey(id_.account, id_.name, name)));
  return &aliases_.emplace(name, Step<records::Alias>{standing, standing}).first->second;
}

}  // namespace hearth::controller
