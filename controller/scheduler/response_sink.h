// ResponseSink takes a function's answer while the function still writes it.
//
// Shapes:  OnBegin once, then pieces in order; the invocation's own result comes after the last. Nothing of it is
// called
//          for an answer that comes whole.
// Threads: one call at a time, on the thread that brings the answer; it must not block.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace hearth::controller {

// How the reader of a streamed answer holds back its writer.
//
// Threads: any. Does nothing once the invocation has ended.
class ResponseFlow {
 public:
  virtual ~ResponseFlow() = default;
  // The client has taken so many bytes: as many more may come.
  virtual void Taken(int64_t bytes) = 0;
  // Nobody reads any more: the function runs on, its answer is thrown away.
  virtual void Discard() = 0;
};

class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  // Which version will run ("$LATEST" or a number); before anything else.
  virtual void OnVersion(const std::string& version) = 0;
  virtual void OnBegin(std::string content_type, std::shared_ptr<ResponseFlow> flow) = 0;
  virtual void OnPiece(std::string piece) = 0;
};

}  // namespace hearth::controller
