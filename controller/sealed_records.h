// SealedRecords finds what lies under an old key of the installation, wherever it is kept, and seals functions anew.
//
// Errors:  the store's and the envelope's; what was done until then stays done.
// Threads: any thread; blocks on disk.
#pragma once

#include "absl/status/statusor.h"
#include "controller/secrets/envelope.h"
#include "controller/store/account_store.h"
#include "controller/store/database.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

// How many functions and versions it changed. Neither their revisions nor their environments are touched.
absl::StatusOr<int> ResealFunctions(const AccountStore& accounts, FunctionStore& functions, const Envelope& envelope);

// Whether any row of the database names the key: the last look before it is forgotten, whoever keeps the row.
absl::StatusOr<bool> AnyRecordNames(const Database& database, std::string_view key_id);

}  // namespace hearth::controller
