// A forward proxy: the only way out of the network of a program that may not reach the network itself.
//
// The program connects to a socket that listens in its own network, and names a host. The proxy asks
// the rules of the program's owner about the host. It looks the name up, and refuses addresses that
// are not public unless the rules allow them for this host. Then it connects to an address that it
// has checked, and passes bytes in both directions (proxy_connection.h).
//
// All proxies of a node share one loop thread, which starts with the first of them.
#pragma once

#include "theater/net/http_limits.h"
#include "theater/net/listening_socket.h"
#include "theater/net/name_lookup.h"
#include "theater/net/url.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace theater {

// What a proxy takes from its clients, and how long it waits. Value type.
struct ForwardProxyLimits {
  // Those of heads, and `head_time`, in which a client has to say what it asks for.
  HttpLimits http = {};
  // From the request to the connection, the look-up of the name included.
  std::chrono::milliseconds connect_time{10'000};
  // Time in which no byte moves in either direction; after it the proxy closes.
  std::chrono::milliseconds idle_time{300'000};
  // For what a client still sends after the last byte that it gets.
  std::chrono::milliseconds linger_time{1'000};
  // Connections of one proxy at a time, and of all together. One more is closed at once.
  size_t connections_max = 64;
  size_t all_connections_max = 1024;
};

// One connection of a proxy, as its owner hears of it.
struct ProxiedConnection {
  uint64_t number = 0;      // From one, of this proxy.
  std::string_view method;  // Of plain HTTP; `CONNECT` for a tunnel.
  const Url& url;           // Of a tunnel: host and port.
};

// How a connection that was allowed has ended.
struct ProxiedEnd {
  uint64_t number = 0;
  uint64_t sent = 0;                  // Bytes to the host,
  uint64_t received = 0;              // and from it.
  std::optional<std::string> failed;  // Why there was no connection.
};

// Who decides about the connections of one proxy, and hears of them. Called on the proxies' loop
// thread, and must not block.
class ProxyOwner {
 public:
  virtual ~ProxyOwner() = default;

  // Why the rules refuse it, as a sentence; none if they allow it. The address is not known yet.
  virtual std::optional<std::string> refuses(std::string_view method, const Url& url) const = 0;
  // Whether this host may have an address that is not public.
  virtual bool allows_private(const Url& url) const = 0;

  // The proxy has decided about a connection, and has not connected yet. `refusal` says why not;
  // then nothing follows.
  virtual void decided(const ProxiedConnection& connection,
                       const std::optional<std::string>& refusal) = 0;
  virtual void ended(const ProxiedEnd& end) = 0;
  // A connection had no place, and was closed.
  virtual void had_no_place() = 0;
  // The proxy and all its connections have ended. The last call; there is none if ForwardProxies
  // ends before.
  virtual void over() {}
};

// Serves one listening socket. Its end closes the socket and all connections soon, without waiting.
// Safe from any thread, also after the end of ForwardProxies.
class ForwardProxy {
 public:
  virtual ~ForwardProxy() = default;
};

// Safe from any thread but the loop's own.
class ForwardProxies {
 public:
  explicit ForwardProxies(Resolver resolver = resolve_by_system, ForwardProxyLimits limits = {});
  // Closes all connections and waits until they are gone. Owners hear nothing afterwards.
  ~ForwardProxies();
  ForwardProxies(const ForwardProxies&) = delete;
  ForwardProxies& operator=(const ForwardProxies&) = delete;

  // Begins soon; never blocks. `asker` names whose look-ups these are (NameLookups). The owner is
  // shared, because the loop may still tell it of connections when the proxy has ended.
  std::unique_ptr<ForwardProxy> serve(ListeningSocket socket, std::string asker,
                                      std::shared_ptr<ProxyOwner> owner);

  // Connections of all proxies, for tests.
  size_t open_connections() const;

 private:
  class Core;
  class Served;
  struct Link;
  const std::shared_ptr<Link> link_;
};

}  // namespace theater
