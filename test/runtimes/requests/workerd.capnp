# A Worker whose host keys come from another server, on loopback.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "server", worker = .server),
    (name = "internet", network = (allow = ["private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "server")],
);

const server :Workerd.Worker = (
  modules = [(name = "server", esModule = embed "program.mjs")],
  compatibilityDate = "2026-07-01",
  bindings = [(name = "KEY_URL", fromEnvironment = "KEY_URL")],
);
