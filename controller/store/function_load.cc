// How FunctionStore reads what is there: 10,000 functions with 10 versions each within a second.
//
// The rows of functions and those of their relatives are two scans on two threads. Versions are most of the rows: they
// go into the catalog as they are stored, and only what is counted is read from them.
#include <fmt/format.h>

#include <thread>

#include "common/errors.h"
#include "controller/store/function_store.h"
#include "controller/store/key_layout.h"
#include "controller/store/record.h"
#include "controller/store/version_digest.h"

namespace hearth::controller {
namespace {

constexpr size_t kScanPage = 2000;

// Every pair below `prefix`, in order; `visit` may take it.
template <class Visit>
absl::Status ForEach(const Database& database, std::string_view prefix, Visit visit) {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(std::vector<KeyValue> page, database.Scan(prefix, after, kScanPage));
    const bool last = page.size() < kScanPage;
    if (!last) after = page.back().key;
    for (KeyValue& pair : page) RETURN_IF_ERROR(visit(pair));
    if (last) return absl::OkStatus();
  }
}

// "000000000007" is 7.
int64_t NumberOf(std::string_view digits) {
  const size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? 0 : ParseVersionNumber(digits.substr(first)).value_or(0);
}

}  // namespace

// What lies below one function, in the order of the keys.
struct FunctionStore::Relatives {
  struct Version {
    int64_t number = 0;
    std::string packed;
  };
  struct OfFunction {
    FunctionId id;
    std::vector<Version> versions;
    std::vector<records::Alias> aliases;
    int64_t code_bytes = 0;
  };

  OfFunction& Of(const RelativeKey& key) {
    if (functions.empty() || functions.back().id.name != key.name || functions.back().id.account != key.account) {
      functions.push_back({{std::string(key.account), std::string(key.name)}, {}, {}, 0});
    }
    return functions.back();
  }

  std::vector<OfFunction> functions;
  std::vector<KeyValue> others;
};

absl::Status FunctionStore::Load() {
  Relatives relatives;
  absl::Status read;
  std::thread reader([&] { read = ReadRelatives(relatives); });
  const absl::Status functions = LoadFunctions();
  reader.join();
  RETURN_IF_ERROR(functions);
  RETURN_IF_ERROR(read);
  TakeRelatives(std::move(relatives));
  return absl::OkStatus();
}

absl::Status FunctionStore::LoadFunctions() {
  return ForEach(database_, kFunctionPrefix, [&](const KeyValue& pair) -> absl::Status {
    ASSIGN_OR_RETURN(records::Function function, ParseRecord<records::Function>(pair.key, pair.value));
    FunctionEdit edit(database_, {function.latest().account(), function.latest().name()}, {});
    edit.function = std::move(function);
    Account(edit, edit.Code());
    Publish(edit);
    return absl::OkStatus();
  });
}

absl::Status FunctionStore::ReadRelatives(Relatives& relatives) {
  return ForEach(database_, kRelativePrefix, [&](KeyValue& pair) -> absl::Status {
    const std::optional<RelativeKey> key = ParseRelativeKey(pair.key);
    if (!key) return absl::DataLossError(fmt::format("key {} is not one of ours", pair.key));
    if (key->kind == kAliasKind) {
      ASSIGN_OR_RETURN(records::Alias alias, ParseRecord<records::Alias>(pair.key, pair.value));
      relatives.Of(*key).aliases.push_back(std::move(alias));
    } else if (key->kind == kVersionKind) {
      ASSIGN_OR_RETURN(const VersionDigest digest, ReadVersionDigest(pair.key, pair.value));
      references_.Add(digest.code_sha256_hex, 1);
      for (const std::string_view layer : digest.layers_sha256_hex) references_.Add(layer, 1);
      Relatives::OfFunction& function = relatives.Of(*key);
      function.code_bytes += digest.code_bytes;
      function.versions.push_back({NumberOf(key->qualifier), std::move(pair.value)});
    } else {
      relatives.others.push_back(std::move(pair));
    }
    return absl::OkStatus();
  });
}

void FunctionStore::TakeRelatives(Relatives relatives) {
  for (Relatives::OfFunction& function : relatives.functions) {
    const FunctionId& id = function.id;
    for (Relatives::Version& version : function.versions) {
      catalog_.PutVersion(id.account, id.name, version.number, std::move(version.packed));
    }
    for (const records::Alias& alias : function.aliases) catalog_.PutAlias(id.account, id.name, alias);
    MutexLock lock(mutex_);
    AccountUsage& usage = usage_[id.account];
    usage.versions += static_cast<int64_t>(function.versions.size());
    usage.aliases += static_cast<int64_t>(function.aliases.size());
    usage.code_bytes += function.code_bytes;
  }
  others_found_ = std::move(relatives.others);
}

}  // namespace hearth::controller
