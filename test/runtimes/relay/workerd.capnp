# A relay on Durable Objects, whose storage outlives the process.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "relay", worker = .relay), (name = "storage", disk = (writable = true))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "relay")],
);

const relay :Workerd.Worker = (
  modules = [(name = "relay", esModule = embed "program.mjs")],
  compatibilityDate = "2026-07-01",
  durableObjectNamespaces = [(className = "TestRelayObject", uniqueKey = "relay")],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [
    (name = "RELAY", durableObjectNamespace = "TestRelayObject"),
    (name = "HOST_TOKEN", text = "a-token-of-hosts-in-tests-of-the-relay"),
    (name = "VISITOR_TOKEN", text = "a-token-of-visitors-in-tests-of-the-relay"),
    (name = "ORIGIN", text = "https://tab.example"),
  ],
);
