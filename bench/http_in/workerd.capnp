# The same hello by workerd, which records nothing.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "hello", worker = .hello)],
  sockets = [(name = "http", http = (), service = "hello")]
);

const hello :Workerd.Worker = (
  compatibilityDate = "2024-01-01",
  serviceWorkerScript = "const body = 'h'.repeat(64); addEventListener('fetch', event => event.respondWith(new Response(body)));"
);
