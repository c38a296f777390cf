// Stream runs one bidirectional gRPC call of raw messages: the read loop, one write at a time, and an orderly end.
//
// A subclass says what an arriving message means (OnMessage), what goes out next (NextWrite) and what the end means
// (OnEnd). NextWrite is asked whenever the last write is through, so what gathered meanwhile goes out together.
//
// Threads: OnMessage and OnEnd run on the poller thread; NextWrite on any, one at a time. Wake, ReadNext, Cancel and
//          FinishWhenDrained: any thread. Our own mutex orders the threads, gRPC being opaque to race detectors.
// Lifetime: held by shared_ptr; every operation under way holds one too.
// Source:  grpcpp/support/async_stream.h: one Read and one Write may be outstanding; Finish comes last.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <optional>
#include <string>

#include "common/mutex.h"
#include "common/rpc/poller.h"

namespace hearth::rpc {

// One gRPC call in either role.
class Call {
 public:
  virtual ~Call() = default;
  virtual grpc::internal::AsyncReaderInterface<grpc::ByteBuffer>& reader() = 0;
  virtual grpc::internal::AsyncWriterInterface<grpc::ByteBuffer>& writer() = 0;
  // The server sends `status`; the client fills it.
  virtual void Finish(grpc::Status& status, void* tag) = 0;
  virtual void Cancel() = 0;
  // Client only: dials.
  virtual void Start(void* /*tag*/) {}
};

class ServerCall final : public Call {
 public:
  grpc::internal::AsyncReaderInterface<grpc::ByteBuffer>& reader() override { return stream; }
  grpc::internal::AsyncWriterInterface<grpc::ByteBuffer>& writer() override { return stream; }
  void Finish(grpc::Status& status, void* tag) override { stream.Finish(status, tag); }
  void Cancel() override { context.TryCancel(); }

  grpc::GenericServerContext context;
  grpc::GenericServerAsyncReaderWriter stream{&context};
};

class ClientCall final : public Call {
 public:
  grpc::internal::AsyncReaderInterface<grpc::ByteBuffer>& reader() override { return *stream; }
  grpc::internal::AsyncWriterInterface<grpc::ByteBuffer>& writer() override { return *stream; }
  void Finish(grpc::Status& status, void* tag) override { stream->Finish(&status, tag); }
  void Cancel() override { context.TryCancel(); }
  void Start(void* tag) override { stream->StartCall(tag); }

  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
};

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // There is something for NextWrite to give.
  void Wake();
  // Ends the call without ceremony; OnEnd follows.
  void Cancel() { call_->Cancel(); }
  // Server only: ends the call once NextWrite has nothing more.
  void FinishWhenDrained(grpc::Status status);

 protected:
  Stream(Poller& poller, std::unique_ptr<Call> call);

  // Server: the call is there; reads and writes begin.
  void Begin();
  // Client: dials; Begin follows when it succeeded, else OnEnd.
  void Dial();
  // Asks for one more message. Once from Begin, then by OnMessage's own choice: back-pressure is not to ask.
  void ReadNext();

  virtual void OnBegin() {}
  virtual void OnMessage(grpc::ByteBuffer message) = 0;
  virtual void OnEnd(const grpc::Status& status) = 0;
  virtual std::optional<grpc::ByteBuffer> NextWrite() = 0;

 private:
  // One outstanding operation; keeps the stream alive until it completes.
  struct Operation final : Tag {
    explicit Operation(void (Stream::*then)(bool)) : done(then) {}
    void Proceed(bool ok) override;
    void (Stream::*const done)(bool);
    Stream* owner = nullptr;
    std::shared_ptr<Stream> self;
  };

  void Hold(Operation& operation);
  void OnDialed(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void Pump();
  void FinishIfDue();

  // First, so that it leaves last.
  struct Membership {
    explicit Membership(Poller& of) : poller(of) { poller.Enter(); }
    ~Membership() { poller.Leave(); }
    Poller& poller;
  };
  const Membership membership_;
  const std::unique_ptr<Call> call_;
  grpc::ByteBuffer incoming_;
  grpc::Status status_;
  Operation dial_{&Stream::OnDialed};
  Operation read_{&Stream::OnRead};
  Operation write_{&Stream::OnWritten};
  Operation finish_{&Stream::OnFinished};

  Mutex mutex_;
  bool begun_ GUARDED_BY(mutex_) = false;
  bool writing_ GUARDED_BY(mutex_) = false;       // someone is in Pump or a write is outstanding
  bool wake_pending_ GUARDED_BY(mutex_) = false;  // Wake was called since NextWrite was last asked
  bool broken_ GUARDED_BY(mutex_) = false;        // no more writes
  bool read_ended_ GUARDED_BY(mutex_) = false;
  bool finish_requested_ GUARDED_BY(mutex_) = false;
  bool finishing_ GUARDED_BY(mutex_) = false;
};

}  // namespace hearth::rpc
