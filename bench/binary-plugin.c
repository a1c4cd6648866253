/* A plugin that is a program: prints its own name and a value. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
  printf("%s 1.0\n", slash ? slash + 1 : "value");
  return 0;
}
