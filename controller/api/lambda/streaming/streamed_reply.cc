#include "controller/api/lambda/streaming/streamed_reply.h"

#include <utility>

#include "common/crypto.h"
#include "common/io/json.h"
#include "controller/api/lambda/streaming/event_stream.h"

namespace hearth::controller {
namespace {

constexpr char kBytes[] = "application/octet-stream";
constexpr char kJson[] = "application/json";

}  // namespace

void StreamedReply::OnVersion(const std::string& version) { version_ = version; }

void StreamedReply::OnBegin(std::string /*content_type*/, std::shared_ptr<ResponseFlow> flow) {
  Start(std::move(flow));
}

void StreamedReply::OnPiece(std::string piece) {
  untaken_bytes_ += static_cast<int64_t>(piece.size());
  Write("PayloadChunk", kBytes, piece);
}

bool StreamedReply::begun() const { return stream() != nullptr; }

void StreamedReply::Finish(const Completed& completed) {
  if (!begun()) {
    version_ = completed.executed_version;
    Start(nullptr);
  }
  if (!completed.streamed && !completed.payload.empty()) Write("PayloadChunk", kBytes, completed.payload);
  if (completed.function_error) return End(completed.error_code, completed.payload, completed.log_tail);
  End("", "", completed.log_tail);
}

void StreamedReply::Break() { End("Sandbox.Failure", "The execution environment was lost.", ""); }

void StreamedReply::Start(std::shared_ptr<ResponseFlow> flow) {
  ApiReply head;
  head.headers = std::move(headers_);
  head.headers.Add("Content-Type", kEventStreamType);
  head.headers.Add("X-Amz-Executed-Version", version_);
  HttpBodyEvents events;
  // Weak: whoever keeps these events keeps the stream, too. Once the answer has ended nobody waits for the client.
  events.on_drained = [weak = weak_from_this(), flow] {
    const std::shared_ptr<StreamedReply> self = weak.lock();
    const int64_t taken = self != nullptr ? self->untaken_bytes_.exchange(0) : 0;
    if (flow != nullptr && taken > 0) flow->Taken(taken);
  };
  events.on_gone = [flow = std::move(flow)] {
    if (flow != nullptr) flow->Discard();
  };
  std::shared_ptr<HttpBodyStream> started = start_(std::move(head), std::move(events));
  MutexLock lock(mutex_);
  stream_ = std::move(started);
}

void StreamedReply::Write(std::string_view event_type, std::string_view content_type, std::string_view payload) {
  if (const auto to = stream()) to->Write(EventStreamMessage(event_type, content_type, payload));
}

void StreamedReply::End(const std::string& error_code, const std::string& error_details, std::string_view log_tail) {
  Json complete((Json::Object()));
  if (!error_code.empty()) complete.Set("ErrorCode", error_code);
  if (!error_details.empty()) complete.Set("ErrorDetails", error_details);
  if (!log_tail.empty()) complete.Set("LogResult", Base64Encode(log_tail));
  Write("InvokeComplete", kJson, complete.Dump());
  if (const auto to = stream()) to->Finish();
}

std::shared_ptr<HttpBodyStream> StreamedReply::stream() const {
  MutexLock lock(mutex_);
  return stream_;
}

}  // namespace hearth::controller
