// HttpServerListener accepts connections on one listening socket and hands them to the I/O threads.
//
// Errors:  without descriptors left it closes one waiting connection by its spare descriptor and rests for a moment,
//          so that clients see a closed connection and the loop does not spin.
// Threads: its I/O thread only.
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/io/http_server.h"
#include "common/io/http_server_quota.h"
#include "common/io/http_server_thread.h"
#include "common/unique_fd.h"

namespace hearth {

// What the connections of one listener share.
struct HttpServerOrigin {
  uint64_t listener_id = 0;
  bool adopted = false;
  std::shared_ptr<const HttpServerOptions> options;
  HttpHandler handler;
  std::string local_address;
  std::atomic<size_t> connections{0};
};

class HttpServerListener : public std::enable_shared_from_this<HttpServerListener> {
 public:
  using NextThread = std::function<HttpServerThread&()>;

  HttpServerListener(HttpServerThread& thread, UniqueFd socket, std::shared_ptr<HttpServerOrigin> origin,
                     std::shared_ptr<HttpServerQuota> quota, NextThread next_thread);
  void Accept();
  void Close();

 private:
  void AcceptWaiting();
  void Admit(UniqueFd connection, const std::string& peer_address, const std::string& peer_host);
  void DropOneAndRest();

  HttpServerThread& thread_;
  const std::shared_ptr<HttpServerOrigin> origin_;
  const std::shared_ptr<HttpServerQuota> quota_;
  const NextThread next_thread_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer rest_;
  UniqueFd spare_;
  bool closed_ = false;
};

// "ip:port", "[ip]:port" or "unix:/path".
std::string HttpSocketAddress(int socket);

}  // namespace hearth
