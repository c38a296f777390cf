// A custom runtime in C that streams: two chunks with a pause between them, then what the event asks for. An event that
// holds "trailers" ends in error trailers, one that holds "cut" breaks its connection off and goes on with a new one.
#define _GNU_SOURCE  // strcasestr
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { kBufferBytes = 64 << 10 };

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

static void Say(int fd, const char* text) {
  const size_t size = strlen(text);
  if (write(fd, text, size) != (ssize_t)size) exit(14);
}

// Reads one answer, head and body, as text.
static void ReadAnswer(int fd) {
  size_t used = 0;
  for (;;) {
    const ssize_t got = read(fd, buffer + used, kBufferBytes - 1 - used);
    if (got <= 0) exit(15);
    used += (size_t)got;
    buffer[used] = '\0';
    const char* end = strstr(buffer, "\r\n\r\n");
    const char* length = strcasestr(buffer, "Content-Length:");
    if (end == NULL) continue;
    const size_t body = length == NULL ? 0 : strtoul(length + strlen("Content-Length:"), NULL, 10);
    if (used >= (size_t)(end - buffer) + 4 + body) return;
  }
}

int main(void) {
  int fd = Connect();
  for (;;) {
    Say(fd, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: api\r\n\r\n");
    ReadAnswer(fd);
    char id[64] = "";
    const char* found = strcasestr(buffer, "Lambda-Runtime-Aws-Request-Id:");
    if (found == NULL || sscanf(found + strlen("Lambda-Runtime-Aws-Request-Id:"), " %63[^\r]", id) != 1) exit(16);
    const int trailers = strstr(buffer, "\"trailers\"") != NULL;
    const int cut = strstr(buffer, "\"cut\"") != NULL;
    char head[512];
    snprintf(head, sizeof head,
             "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: api\r\n"
             "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"
             "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n",
             id);
    Say(fd, head);
    Say(fd, "7\r\nnative \r\n");
    usleep(300000);
    Say(fd, "6\r\nstream\r\n");
    if (cut) {
      close(fd);
      usleep(500000);
      fd = Connect();
      continue;
    }
    // The body of the error is {"errorType":"Custom.Broken"} in base64.
    Say(fd, trailers ? "0\r\nLambda-Runtime-Function-Error-Type: Custom.Broken\r\n"
                       "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJDdXN0b20uQnJva2VuIn0=\r\n\r\n"
                     : "0\r\n\r\n");
    ReadAnswer(fd);
  }
}
