// A custom runtime in C: answers every event with the event itself, over one kept connection.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { kBufferBytes = 8 << 20, kHeadBytes = 4096 };

static char buffer[kBufferBytes];

static int Connect(void) {
  const char* api = getenv("AWS_LAMBDA_RUNTIME_API");
  char host[64];
  int port = 0;
  if (api == NULL || sscanf(api, "%63[^:]:%d", host, &port) != 2) exit(11);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) exit(12);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr*)&address, sizeof address) != 0) exit(13);
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static void SendAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t sent = write(fd, data, size);
    if (sent <= 0) exit(14);
    data += sent;
    size -= (size_t)sent;
  }
}

static const char* HeaderValue(const char* name) {
  const size_t length = strlen(name);
  for (const char* line = buffer; (line = strstr(line, "\r\n")) != NULL;) {
    line += 2;
    if (strncasecmp(line, name, length) == 0) return line + length;
  }
  return NULL;
}

// Reads one answer into `buffer`; returns its body and the body's size.
static char* ReadAnswer(int fd, size_t* body_bytes) {
  size_t used = 0;
  char* body = NULL;
  size_t wanted = 0;
  while (body == NULL || used < (size_t)(body - buffer) + wanted) {
    const ssize_t got = read(fd, buffer + used, kBufferBytes - 1 - used);
    if (got <= 0) exit(15);
    used += (size_t)got;
    buffer[used] = '\0';
    if (body == NULL && (body = strstr(buffer, "\r\n\r\n")) != NULL) {
      body[2] = '\0';
      body += 4;
      const char* length = HeaderValue("Content-Length:");
      wanted = length == NULL ? 0 : strtoul(length, NULL, 10);
    }
  }
  *body_bytes = wanted;
  return body;
}

int main(void) {
  const int fd = Connect();
  for (;;) {
    const char* next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: api\r\n\r\n";
    SendAll(fd, next, strlen(next));
    size_t body_bytes = 0;
    char* body = ReadAnswer(fd, &body_bytes);
    char id[64] = "";
    const char* found = HeaderValue("Lambda-Runtime-Aws-Request-Id:");
    if (found == NULL || sscanf(found, " %63[^\r]", id) != 1) exit(16);
    char head[kHeadBytes];
    const int head_bytes = snprintf(head, sizeof head,
                                    "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: api\r\n"
                                    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                                    id, body_bytes);
    SendAll(fd, head, (size_t)head_bytes);
    SendAll(fd, body, body_bytes);
    ReadAnswer(fd, &body_bytes);
  }
}
