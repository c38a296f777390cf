// FakeRuntimeApi stands where the Runtime API's listeners are: a test talks to a slot as the runtime inside would.
//
// Threads: one, the test's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "worker/logs/log_shipper.h"
#include "worker/runtime_api/extensions/extension_registry.h"
#include "worker/runtime_api/server.h"

namespace hearth::worker {

// What came back for one request; empty while it is parked.
using FakeReply = std::shared_ptr<std::optional<HttpResponse>>;

class FakeResponder final : public HttpResponder {
 public:
  explicit FakeResponder(FakeReply reply) : reply_(std::move(reply)) {}
  void Send(HttpResponse response) override { *reply_ = std::move(response); }
  bool PeerGone() const override { return peer_gone && *peer_gone; }

  std::shared_ptr<bool> peer_gone;

 private:
  const FakeReply reply_;
};

// The other end of a response that is still being sent.
class FakeStreamResponder final : public HttpResponder {
 public:
  FakeStreamResponder(FakeReply reply, std::shared_ptr<std::shared_ptr<HttpBodySink>> sink)
      : reply_(std::move(reply)), sink_(std::move(sink)) {}
  void Send(HttpResponse response) override { *reply_ = std::move(response); }
  bool PeerGone() const override { return false; }
  bool body_follows() const override { return true; }
  void ReadBody(std::shared_ptr<HttpBodySink> sink) override { *sink_ = std::move(sink); }

 private:
  const FakeReply reply_;
  const std::shared_ptr<std::shared_ptr<HttpBodySink>> sink_;
};

class FakeRuntimeApi final : public RuntimeApi {
 public:
  absl::StatusOr<uint64_t> Open(int, InvocationSlot& slot) override {
    slot_ = &slot;
    ++opened;
    return ++id_;
  }
  void Close(uint64_t id) override {
    if (id == id_) slot_ = nullptr;
  }
  bool open() const { return slot_ != nullptr; }

  FakeReply Next() {
    auto reply = std::make_shared<std::optional<HttpResponse>>();
    if (slot_) slot_->Next(std::make_unique<FakeResponder>(reply));
    return reply;
  }
  FakeReply Respond(const std::string& id, std::string body) {
    return Post(id, std::move(body), &InvocationSlot::Response);
  }
  FakeReply Error(const std::string& id, std::string body) { return Post(id, std::move(body), &InvocationSlot::Error); }
  // Begins to stream a response; what the test tells the sink is its body. nullptr: it was refused.
  std::shared_ptr<HttpBodySink> Stream(const std::string& id, FakeReply reply, Clock& clock) {
    const auto sink = std::make_shared<std::shared_ptr<HttpBodySink>>();
    auto responder = std::make_unique<FakeStreamResponder>(std::move(reply), sink);
    if (slot_) slot_->StreamResponse(id, {}, std::move(responder), {clock, [](auto, auto) {}});
    return *sink;
  }
  FakeReply RespondTooMuch(const std::string& id) {
    HttpRequest request;
    request.body_oversized = true;
    return Post(id, std::move(request), &InvocationSlot::Response);
  }
  FakeReply InitError(std::string body, std::string type) {
    auto reply = std::make_shared<std::optional<HttpResponse>>();
    HttpRequest request;
    request.body = std::move(body);
    request.headers.Add("Lambda-Runtime-Function-Error-Type", std::move(type));
    if (slot_) slot_->InitError(std::move(request), std::make_unique<FakeResponder>(reply));
    return reply;
  }

  // What an extension asks; its answer, empty while it is parked.
  FakeReply AskExtensions(const std::string& method, const std::string& verb, HttpHeaders headers,
                          std::string body = "") {
    HttpRequest request;
    request.method = method;
    request.target = "/2020-01-01/extension/" + verb;
    request.headers = std::move(headers);
    request.body = std::move(body);
    auto reply = std::make_shared<std::optional<HttpResponse>>();
    if (slot_) slot_->extensions()->Handle(request, std::make_unique<FakeResponder>(reply));
    return reply;
  }

  int opened = 0;

 private:
  using Verb = void (InvocationSlot::*)(std::string_view, HttpRequest, std::unique_ptr<HttpResponder>);
  FakeReply Post(const std::string& id, std::string body, Verb verb) {
    HttpRequest request;
    request.body = std::move(body);
    return Post(id, std::move(request), verb);
  }
  FakeReply Post(const std::string& id, HttpRequest request, Verb verb) {
    auto reply = std::make_shared<std::optional<HttpResponse>>();
    if (slot_) (slot_->*verb)(id, std::move(request), std::make_unique<FakeResponder>(reply));
    return reply;
  }

  InvocationSlot* slot_ = nullptr;
  uint64_t id_ = 0;
};

class FakeLogShipper final : public LogShipper {
 public:
  void Ship(node::LogBatch batch) override {
    for (const node::LogRecord& record : batch.records()) {
      text += record.text();
      records.push_back(record);
    }
    dropped += batch.dropped_records();
    stream = batch.log_stream();
    ++batches;
  }

  std::string text;
  std::string stream;
  std::vector<node::LogRecord> records;
  int64_t dropped = 0;
  int batches = 0;
};

}  // namespace hearth::worker
