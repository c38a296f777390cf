// What FunctionStore reads back: single records, and lists in pages.
#include <fmt/format.h>

#include "common/errors.h"
#include "controller/store/function_store.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"

namespace hearth::controller {
namespace {

template <class Record>
absl::StatusOr<std::vector<Record>> ScanRecords(const Database& database, const std::string& prefix,
                                                const std::string& after, size_t limit) {
  ASSIGN_OR_RETURN(const std::vector<KeyValue> pairs, database.Scan(prefix, after, limit));
  std::vector<Record> records;
  records.reserve(pairs.size());
  for (const KeyValue& pair : pairs) {
    ASSIGN_OR_RETURN(Record record, ParseRecord<Record>(pair.key, pair.value));
    records.push_back(std::move(record));
  }
  return records;
}

template <class Record>
absl::StatusOr<Record> GetRecord(const Database& database, const std::string& key) {
  ASSIGN_OR_RETURN(const std::string bytes, database.Get(key));
  return ParseRecord<Record>(key, bytes);
}

}  // namespace

absl::StatusOr<records::Function> FunctionStore::Get(const FunctionId& id) const {
  return GetRecord<records::Function>(database_, FunctionKey(id.account, id.name));
}

absl::StatusOr<std::vector<records::Function>> FunctionStore::List(std::string_view account,
                                                                   std::string_view after_name, size_t limit) const {
  const std::string after = after_name.empty() ? "" : FunctionKey(account, after_name);
  return ScanRecords<records::Function>(database_, FunctionsOfAccountPrefix(account), after, limit);
}

absl::StatusOr<records::FunctionVersion> FunctionStore::GetVersion(const FunctionId& id, int64_t number) const {
  return GetRecord<records::FunctionVersion>(database_, FunctionVersionKey(id.account, id.name, number));
}

absl::StatusOr<std::vector<records::FunctionVersion>> FunctionStore::ListVersions(const FunctionId& id,
                                                                                  int64_t after_number,
                                                                                  size_t limit) const {
  return ScanRecords<records::FunctionVersion>(database_, FunctionVersionsPrefix(id.account, id.name),
                                               FunctionVersionKey(id.account, id.name, after_number), limit);
}

absl::StatusOr<records::Alias> FunctionStore::GetAlias(const FunctionId& id, std::string_view name) const {
  return GetRecord<records::Alias>(database_, FunctionAliasKey(id.account, id.name, name));
}

absl::StatusOr<std::vector<records::Alias>> FunctionStore::ListAliases(const FunctionId& id,
                                                                       std::string_view after_name,
                                                                       size_t limit) const {
  const std::string after = after_name.empty() ? "" : FunctionAliasKey(id.account, id.name, after_name);
  return ScanRecords<records::Alias>(database_, FunctionAliasesPrefix(id.account, id.name), after, limit);
}

}  // namespace hearth::controller
