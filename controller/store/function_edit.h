// FunctionEdit is one step in the life of a function and its relatives: what is put here is written together.
//
// Shapes:  `function` is changed in place; versions are named by number, aliases by name. What was put is read back.
// Errors:  NotFound for an absent version or alias; the database's.
// Threads: one, while FunctionStore::Edit runs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/store/database.h"
#include "proto/records.pb.h"

namespace hearth::controller {

struct FunctionId {
  std::string account;
  std::string name;
  auto operator<=>(const FunctionId&) const = default;
};

// "7" is 7; nullopt for "$LATEST", aliases, and numbers not written as Lambda writes them ("07").
std::optional<int64_t> ParseVersionNumber(std::string_view text);

// What invocations use.
const records::FunctionVersion& ServingOf(const records::Function& function);

class FunctionEdit {
 public:
  template <class Record>
  struct Step {
    std::optional<Record> before, after;
  };
  // Packages by their hash, each once per function version that gains or loses it.
  struct CodeChange {
    std::vector<std::string> gained, dropped;
    int64_t growth_bytes = 0;
  };

  FunctionEdit(const Database& database, FunctionId id, records::Function before)
      : function(before), database_(database), id_(std::move(id)), before_(std::move(before)) {}

  absl::StatusOr<records::FunctionVersion> GetVersion(int64_t number) const;
  absl::Status PutVersion(records::FunctionVersion version);
  // Its policy goes with it.
  absl::Status DeleteVersion(int64_t number);

  absl::StatusOr<records::Alias> GetAlias(const std::string& name) const;
  absl::StatusOr<std::vector<records::Alias>> ListAliases() const;
  absl::Status PutAlias(records::Alias alias);
  // Its policy goes with it.
  absl::Status DeleteAlias(const std::string& name);

  // The function and every row below FunctionRelativesPrefix.
  absl::Status DeleteAll();

  const FunctionId& id() const { return id_; }
  const records::Function& before() const { return before_; }
  const std::map<int64_t, Step<records::FunctionVersion>>& versions() const { return versions_; }
  const std::map<std::string, Step<records::Alias>>& aliases() const { return aliases_; }
  CodeChange Code() const;
  int64_t VersionGrowth() const;
  int64_t AliasGrowth() const;
  // All that is to be written.
  WriteBatch Batch() const;

  records::Function function;  // no `latest`: the function is deleted
  WriteBatch others;           // rows that other rooms keep below FunctionRelativesPrefix

 private:
  absl::Status DeleteRow(const KeyValue& pair);
  absl::StatusOr<Step<records::FunctionVersion>*> FindVersion(int64_t number);
  absl::StatusOr<Step<records::Alias>*> FindAlias(const std::string& name);

  const Database& database_;
  const FunctionId id_;
  const records::Function before_;
  std::map<int64_t, Step<records::FunctionVersion>> versions_;
  std::map<std::string, Step<records::Alias>> aliases_;
};

}  // namespace hearth::controller
