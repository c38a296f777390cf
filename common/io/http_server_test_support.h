// RawClient is a socket that says exactly what a test tells it to.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <string>
#include <string_view>

#include "common/unique_fd.h"

namespace hearth {

class RawClient {
 public:
  // "127.0.0.1:port" or "unix:/path".
  explicit RawClient(const std::string& address) {
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (address.starts_with("unix:")) {
      auto& local = reinterpret_cast<sockaddr_un&>(storage);
      local.sun_family = AF_UNIX;
      std::strncpy(local.sun_path, address.c_str() + 5, sizeof(local.sun_path) - 1);
      size = sizeof(local);
    } else {
      auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
      v4.sin_family = AF_INET;
      v4.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
      v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      size = sizeof(v4);
    }
    socket_ = UniqueFd(socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(socket_.get(), reinterpret_cast<const sockaddr*>(&storage), size), 0) << address;
  }

  void Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server may have hung up; the test looks at what it answered
      text.remove_prefix(static_cast<size_t>(sent));
    }
  }

  // What arrives until `count` bytes are there, the server closes or nothing comes for `patience`.
  std::string Receive(size_t count, std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    std::string received;
    while (received.size() < count) {
      pollfd poll_fd{socket_.get(), POLLIN, 0};
      if (poll(&poll_fd, 1, static_cast<int>(patience.count())) <= 0) break;
      char buffer[65536];
      const ssize_t got = recv(socket_.get(), buffer, std::min(sizeof(buffer), count - received.size()), 0);
      if (got <= 0) {
        closed_ = true;
        break;
      }
      received.append(buffer, static_cast<size_t>(got));
    }
    return received;
  }

  // One response: its head and the body its Content-Length announces.
  std::string ReceiveResponse(bool has_body = true) {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      const std::string more = Receive(1);
      if (more.empty()) return text;
      text += more;
    }
    const size_t at = text.find("Content-Length: ");
    if (has_body && at != std::string::npos) text += Receive(std::stoul(text.substr(at + 16)));
    return text;
  }

  std::string ReceiveUntilClosed() { return Receive(size_t{1} << 30); }

  bool closed() const { return closed_; }
  void FinishSending() { shutdown(socket_.get(), SHUT_WR); }
  void Hangup() { socket_.reset(); }
  int fd() const { return socket_.get(); }

 private:
  UniqueFd socket_;
  bool closed_ = false;
};

inline std::string BodyOf(const std::string& response) {
  const size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "no response: " + response : response.substr(end + 4);
}

inline int StatusOf(const std::string& response) {
  return response.starts_with("HTTP/1.1 ") ? std::stoi(response.substr(9, 3)) : 0;
}

}  // namespace hearth
