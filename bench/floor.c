/*
 * The yardstick of a tick: runs every script of a folder once, CONCURRENCY at a time, by
 * posix_spawn with a pipe each for stdout and stderr. It reads everything that they print and
 * waits for them: the least work that runs a script and gets its output.
 *
 *     floor CONCURRENCY FOLDER [REPEAT]
 *
 * Prints RUNS, BYTES read, wall time, its own CPU and its children's, in ms. Ends with 1 if a
 * script could not be run.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct run {
  pid_t pid;
  int fds[2];
  int open;
};

static double milliseconds(struct timeval t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; }

static double cpu(int who) {
  struct rusage usage;
  getrusage(who, &usage);
  return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void start(struct run *run, const char *path) {
  posix_spawn_file_actions_t actions;
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) fail("pipe2");
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  char *argv[] = {(char *)path, "1700000000", "0", NULL};
  if (posix_spawn(&run->pid, path, &actions, NULL, argv, environ)) fail(path);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  run->fds[0] = out[0];
  run->fds[1] = err[0];
  run->open = 2;
}

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "floor CONCURRENCY FOLDER [REPEAT]\n"), 2;
  int lanes = atoi(argv[1]), repeat = argc > 3 ? atoi(argv[3]) : 1, count = 0, room = 0;
  char **paths = NULL;
  DIR *dir = opendir(argv[2]);
  if (!dir) fail(argv[2]);
  for (struct dirent *entry; (entry = readdir(dir));) {
    if (entry->d_name[0] == '.') continue;
    if (count == room && !(paths = realloc(paths, (room = room ? room * 2 : 64) * sizeof *paths))) fail("realloc");
    if (asprintf(&paths[count++], "%s/%s", argv[2], entry->d_name) < 0) fail("asprintf");
  }
  closedir(dir);

  struct run *runs = calloc(lanes, sizeof *runs);
  struct pollfd *polls = calloc(lanes * 2, sizeof *polls);
  static char buffer[65536];
  long total = (long)count * repeat, begun = 0, ended = 0, bytes = 0;
  double started = now();
  while (ended < total) {
    for (int lane = 0; lane < lanes; lane++) {
      if (runs[lane].open == 0 && begun < total) start(&runs[lane], paths[begun++ % count]);
      for (int side = 0; side < 2; side++)
        polls[lane * 2 + side] = (struct pollfd){runs[lane].open ? runs[lane].fds[side] : -1, POLLIN, 0};
    }
    if (poll(polls, lanes * 2, -1) < 0) fail("poll");
    for (int at = 0; at < lanes * 2; at++) {
      if (!polls[at].revents) continue;
      struct run *run = &runs[at / 2];
      ssize_t got = read(polls[at].fd, buffer, sizeof buffer);
      if (got > 0) {
        bytes += got;
        continue;
      }
      close(run->fds[at % 2]);
      run->fds[at % 2] = -1;
      if (--run->open > 0) continue;
      int status;
      if (waitpid(run->pid, &status, 0) < 0) fail("waitpid");
      ended++;
    }
  }
  printf("%ld %ld %.3f %.3f %.3f\n", total, bytes, now() - started, cpu(RUSAGE_SELF), cpu(RUSAGE_CHILDREN));
  return 0;
}
