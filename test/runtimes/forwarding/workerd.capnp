# A Worker that forwards: it may connect to loopback, which Cloudflare's network would refuse.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "server", worker = .server),
    (name = "internet", network = (allow = ["private", "local"])),
  ],
  sockets = [(name = "ssh", address = "127.0.0.1:0", tcp = (), service = "server")],
);

const server :Workerd.Worker = (
  modules = [(name = "server", esModule = embed "program.mjs")],
  compatibilityDate = "2026-07-01",
);
