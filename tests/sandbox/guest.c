/* guest is the program the tests run inside a sandbox: guest VERB [ARGUMENT …]. One verb, one behaviour. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int say(const char* text) {
  printf("%s\n", text);
  fflush(stdout);
  return 0;
}

/* Touches memory one MiB at a time, for ever. */
static int eat_memory(void) {
  const size_t step = 1 << 20;
  for (int mebibytes = 0;; ++mebibytes) {
    char* block = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return 3;
    memset(block, 1, step);
  }
}

/* Forks until the kernel refuses; the children wait. Prints how many there were. */
static int fork_bomb(void) {
  int children = 0;
  for (;; ++children) {
    const pid_t pid = fork();
    if (pid < 0) break;
    if (pid == 0) {
      pause();
      _exit(0);
    }
    if (children > 5000) break;
  }
  printf("forked %d\n", children);
  fflush(stdout);
  pause();
  return 0;
}

/* Writes to /tmp until it is full; prints MiB written and errno. The last write before the end may be a short one. */
static int fill_tmp(void) {
  static char block[1 << 20];
  const int file = open("/tmp/fill", O_WRONLY | O_CREAT, 0600);
  long long bytes = 0;
  ssize_t written;
  while ((written = write(file, block, sizeof(block))) > 0) bytes += written;
  printf("wrote %lld MiB, errno %d\n", bytes >> 20, errno);
  unlink("/tmp/fill");
  return 0;
}

static int fill_inodes(void) {
  int files = 0;
  char name[64];
  for (;; ++files) {
    snprintf(name, sizeof(name), "/tmp/f%d", files);
    const int file = open(name, O_WRONLY | O_CREAT, 0600);
    if (file < 0) break;
    close(file);
    if (files > 2000000) break;
  }
  printf("made %d files, errno %d\n", files, errno);
  return 0;
}

static _Noreturn void count_up(void) {
  for (int i = 0;; ++i) {
    printf("tick %d\n", i);
    fflush(stdout);
    usleep(5000);
  }
}

/* Burns CPU and prints one line per 10 ms of its own CPU time. */
static _Noreturn void burn(void) {
  for (;;) {
    const clock_t start = clock();
    while (clock() - start < CLOCKS_PER_SEC / 100) {
    }
    say("10 ms");
  }
}

static int leave_orphans(void) {
  for (int i = 0; i < 20; ++i) {
    if (fork() == 0) {
      if (fork() == 0) {
        usleep(20000);
        _exit(0);
      }
      _exit(0);
    }
  }
  return say("orphans");
}

static int list_descriptors(void) {
  for (int fd = 0; fd < 1024; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) printf("%d ", fd);
  }
  return say("");
}

static int print_environment(char** environment) {
  char directory[4096];
  printf("cwd=%s\n", getcwd(directory, sizeof(directory)));
  for (; *environment != NULL; ++environment) printf("%s\n", *environment);
  return 0;
}

static int print_identity(void) {
  FILE* status = fopen("/proc/self/status", "r");
  char line[256];
  while (status != NULL && fgets(line, sizeof(line), status) != NULL) fputs(line, stdout);
  return 0;
}

int main(int argc, char** argv, char** environment) {
  const char* verb = argc > 1 ? argv[1] : "";
  if (strcmp(verb, "exit") == 0) return atoi(argv[2]);
  if (strcmp(verb, "signal") == 0) return raise(atoi(argv[2]));
  if (strcmp(verb, "hello") == 0) return say("hello");
  if (strcmp(verb, "sleep") == 0) return say("asleep"), pause();
  if (strcmp(verb, "ignore-term") == 0) return signal(SIGTERM, SIG_IGN), say("asleep"), pause();
  if (strcmp(verb, "eat-memory") == 0) return eat_memory();
  if (strcmp(verb, "fork-bomb") == 0) return fork_bomb();
  if (strcmp(verb, "fill-tmp") == 0) return fill_tmp();
  if (strcmp(verb, "fill-inodes") == 0) return fill_inodes();
  if (strcmp(verb, "ticks") == 0) count_up();
  if (strcmp(verb, "burn") == 0) burn();
  if (strcmp(verb, "orphans") == 0) return leave_orphans();
  if (strcmp(verb, "descriptors") == 0) return list_descriptors();
  if (strcmp(verb, "environment") == 0) return print_environment(environment);
  if (strcmp(verb, "status") == 0) return print_identity();
  if (strcmp(verb, "telemetry") == 0) return write(62, "record", 6) == 6 ? 0 : 1;
  if (strcmp(verb, "write-tmp") == 0) return close(open("/tmp/kept", O_WRONLY | O_CREAT, 0600));
  if (strcmp(verb, "read-tmp") == 0) return access("/tmp/kept", F_OK) == 0 ? 0 : 1;
  if (strcmp(verb, "dev-stdout") == 0) {
    const int out = open("/dev/stdout", O_WRONLY);
    return out >= 0 && write(out, "through the link\n", 17) == 17 ? 0 : 1;
  }
  return 99;
}
