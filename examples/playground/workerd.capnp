# The playground under workerd: `workerd serve workerd.capnp bridged` (or `direct`), after `npm run build`.
using Workerd = import "/workerd/workerd.capnp";

# WebSocket, for ssh-bridge and for pages. Give addresses with --socket-addr.
const bridged :Workerd.Config = (
  v8Flags = .v8Flags,
  services = [(name = "playground", worker = .playground)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "playground")],
);

# workerd's own TCP socket, which hands connections to `connect()`.
const direct :Workerd.Config = (
  v8Flags = .v8Flags,
  services = [(name = "playground", worker = .playground)],
  sockets = [(name = "ssh", address = "127.0.0.1:0", tcp = (), service = "playground")],
);

# ssh moves many short-lived buffers, and V8 collects them only when its young generation is full: a small one keeps the
# process tens of megabytes smaller. Collected by the thread that allocates them, they do not spread over the allocator's
# arenas: memory stays level, and nothing was slower.
const v8Flags :List(Text) = ["--max-semi-space-size=1", "--single-threaded-gc"];

const playground :Workerd.Worker = (
  modules = [(name = "playground", esModule = embed "dist/workerd.js")],
  compatibilityDate = "2026-07-01",
  compatibilityFlags = ["nodejs_compat"],
  bindings = [
    (name = "HOST_KEY", fromEnvironment = "HOST_KEY"),
    (name = "AUTHORIZED_KEYS", fromEnvironment = "AUTHORIZED_KEYS"),
    (name = "REKEY_BYTES", fromEnvironment = "REKEY_BYTES"),
  ],
);
