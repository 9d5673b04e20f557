/* RFC 4819 by libssh2: logs in with a password, adds a key, adds it again, lists, removes, lists; prints what came of each. */
#include <arpa/inet.h>
#include <libssh2.h>
#include <libssh2_publickey.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(LIBSSH2_SESSION *session, const char *what) {
  char *text = NULL;
  libssh2_session_last_error(session, &text, NULL, 0);
  fprintf(stderr, "%s: %s\n", what, text == NULL ? "" : text);
  return 1;
}

/* This part of libssh2 asks to be called again, though the session blocks. */
static int descriptor;
#define AGAIN(call)                                                                                                    \
  ({                                                                                                                   \
    int result;                                                                                                        \
    while ((result = (call)) == LIBSSH2_ERROR_EAGAIN) poll(&(struct pollfd){descriptor, POLLIN, 0}, 1, 1000);           \
    result;                                                                                                            \
  })

static int list(LIBSSH2_SESSION *session, LIBSSH2_PUBLICKEY *keys) {
  unsigned long count = 0;
  libssh2_publickey_list *rows = NULL;
  if (AGAIN(libssh2_publickey_list_fetch(keys, &count, &rows)) != 0) return fail(session, "list");
  printf("%lu keys\n", count);
  for (unsigned long i = 0; i < count; i += 1) {
    printf("%.*s %lu bytes", (int)rows[i].name_len, (const char *)rows[i].name, rows[i].blob_len);
    for (unsigned long j = 0; j < rows[i].num_attrs; j += 1)
      printf(" %.*s=%.*s", (int)rows[i].attrs[j].name_len, rows[i].attrs[j].name, (int)rows[i].attrs[j].value_len,
             rows[i].attrs[j].value);
    printf("\n");
  }
  libssh2_publickey_list_free(keys, rows);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  const char *user = argv[2], *password = argv[3], *hex = argv[4];
  unsigned char blob[1024];
  unsigned long length = strlen(hex) / 2;
  for (unsigned long i = 0; i < length && i < sizeof blob; i += 1) sscanf(hex + 2 * i, "%2hhx", &blob[i]);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  descriptor = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return 3;
  libssh2_init(0);
  LIBSSH2_SESSION *session = libssh2_session_init();
  if (libssh2_session_handshake(session, descriptor) != 0) return fail(session, "handshake");
  if (libssh2_userauth_password(session, user, password) != 0) return fail(session, "password");
  LIBSSH2_PUBLICKEY *keys = libssh2_publickey_init(session);
  if (keys == NULL) return fail(session, "subsystem");
  libssh2_publickey_attribute comment = {"comment", 7, "laptop", 6, 0};
  const unsigned char *type = (const unsigned char *)"ssh-ed25519";
  if (AGAIN(libssh2_publickey_add_ex(keys, type, 11, blob, length, 0, 1, &comment)) != 0) return fail(session, "add");
  if (AGAIN(libssh2_publickey_add_ex(keys, type, 11, blob, length, 0, 1, &comment)) == 0) return fail(session, "twice");
  if (list(session, keys) != 0) return 1;
  if (AGAIN(libssh2_publickey_remove_ex(keys, type, 11, blob, length)) != 0) return fail(session, "remove");
  if (list(session, keys) != 0) return 1;
  /* Not libssh2_publickey_shutdown: that of 1.10 frees a packet twice. */
  libssh2_session_disconnect(session, "done");
  close(descriptor);
  return 0;
}
