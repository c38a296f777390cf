// EventSourceMappingsApi answers the operations on event source mappings.
//
// Shapes:  rest-json of api.md "Event source mappings"; LastModified is epoch seconds. Sources are queues of SQS.
// Errors:  AWS errors; other sources and settings that are not carried out are refused by name.
// Threads: any thread; changes block on disk.
// Source:  api.md CreateEventSourceMapping.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "common/clock.h"
#include "common/io/json.h"
#include "common/random.h"
#include "controller/api/lambda/body_reader.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/lambda/queue_access.h"
#include "controller/api/operation_table.h"
#include "controller/queues/queues.h"
#include "controller/sources/event_sources.h"
#include "controller/store/catalog.h"

namespace hearth::controller {

// Why a mapping cannot be processed now; OK when it can.
absl::Status CheckEventSource(const records::EventSource& source, std::string_view region, const Catalog& catalog,
                              const MayUseQueue& may_use);

class EventSourceMappingsApi {
 public:
  EventSourceMappingsApi(std::string region, EventSources& sources, const Queues& queues, const Catalog& catalog,
                         MayUseQueue may_use, Clock& clock, Random& random)
      : region_(std::move(region)),
        sources_(sources),
        queues_(queues),
        catalog_(catalog),
        may_use_(std::move(may_use)),
        clock_(clock),
        random_(random) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Create(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);
  absl::StatusOr<ApiReply> List(const ApiCall& call);
  absl::StatusOr<ApiReply> Update(const ApiCall& call);
  absl::StatusOr<ApiReply> Delete(const ApiCall& call);

 private:
  FunctionScope Scope(const ApiCall& call) const { return {region_, call.caller.account}; }
  absl::Status ReadQueue(BodyReader& body, records::EventSource& source) const;
  // Whether the queue and the function it would run are there and fit each other.
  absl::Status Check(const records::EventSource& source) const;
  Json Render(const SourceView& view) const;

  const std::string region_;
  EventSources& sources_;
  const Queues& queues_;
  const Catalog& catalog_;
  const MayUseQueue may_use_;
  Clock& clock_;
  Random& random_;
};

}  // namespace hearth::controller
