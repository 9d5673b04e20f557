# The same Worker, run locally under workerd: `workerd serve worker.capnp`, after `npm run build`.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "hello", worker = .hello)],
  sockets = [
    # For `ssh-bridge proxy ws://127.0.0.1:8787/`.
    (name = "http", address = "127.0.0.1:8787", http = (), service = "hello"),
    # For ssh itself, which no edge network hands to Workers yet.
    (name = "ssh", address = "127.0.0.1:2222", tcp = (), service = "hello"),
  ],
);

const hello :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "dist/worker.js")],
  compatibilityDate = "2026-07-01",
  compatibilityFlags = ["nodejs_compat"],
  bindings = [
    (name = "HOST_KEY", fromEnvironment = "HOST_KEY"),
    (name = "PASSWORD", fromEnvironment = "PASSWORD"),
  ],
);
