/*
 * The yardstick of a scan of the plugin directory: reads it and stats every entry. `stat-all
 * FOLDER TIMES` prints the number of entries, and the CPU and the time of one scan, in ms.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static double milliseconds(struct timeval t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; }

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int times = atoi(argv[2]);
  long seen = 0;
  double cpu_before = cpu(), started = now();
  for (int time = 0; time < times; time++) {
    DIR *dir = opendir(argv[1]);
    if (!dir) return perror(argv[1]), 1;
    for (struct dirent *entry; (entry = readdir(dir));) {
      struct stat facts;
      if (fstatat(dirfd(dir), entry->d_name, &facts, 0) == 0) seen++;
    }
    closedir(dir);
  }
  printf("%ld %.4f %.4f\n", seen / times, (cpu() - cpu_before) / times, (now() - started) / times);
  return 0;
}
