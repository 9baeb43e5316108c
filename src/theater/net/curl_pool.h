// Requests that may share connections: one multi handle of libcurl.
//
// A multi handle keeps connections, answers of lookups and, by a share of its own, sessions of TLS.
// Nothing of them passes from one multi handle to another. So requests whose grants differ have
// different pools, and no request can use a connection that it may not make.
//
// A connection carries one request at a time, in HTTP/2 as well. In one that carries several,
// libcurl 7.88 must take what comes for a paused request from the connection, and keeps up to 32 MB
// of it. With one request, a pause holds the server back.
#pragma once

#include "theater/base/lru_cache.h"
#include "theater/net/curl_handle.h"
#include "theater/net/name_lookups.h"
#include "theater/net/web_transfer.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace theater {

class CurlPool;

// The loop that a pool asks to wait for its sockets and times. Called by libcurl's callbacks: must
// not call the pool.
class CurlPoolWatcher {
 public:
  using Time = std::chrono::steady_clock::time_point;
  virtual ~CurlPoolWatcher() = default;
  // `events` as for epoll; zero: forget the socket.
  virtual void watch(CurlPool& pool, int socket, uint32_t events) = 0;
  // Nothing: no time.
  virtual void set_timer(CurlPool& pool, std::optional<Time> time) = 0;
};

// For the client's thread.
class CurlPool {
 public:
  // Connections that a pool keeps when they are idle, those that are in use counted.
  static constexpr long kConnectionsKeptMax = 64;
  // For how long the answer of a lookup is used again, and for how many names.
  static constexpr std::chrono::seconds kNameAgeMax{30};
  static constexpr size_t kNamesMax = 64;

  using Time = CurlPoolWatcher::Time;

  // Handles that are kept for the next requests.
  static constexpr size_t kHandlesKeptMax = 2;

  // A connection that was idle for longer than `idle_time` is not used. The sockets outlive the
  // pool.
  CurlPool(std::string key, std::chrono::seconds idle_time, CurlPoolWatcher& watcher,
           CurlSockets& sockets);
  // Closes its connections. No transfer may be in it.
  ~CurlPool();
  CurlPool(const CurlPool&) = delete;
  CurlPool& operator=(const CurlPool&) = delete;

  const std::string& key() const { return key_; }
  bool is_good() const { return multi_ != nullptr && share_ != nullptr; }
  // A handle without a transfer, and the end of one that is in the pool no more.
  std::unique_ptr<CurlHandle> take_handle();
  void give_back(std::unique_ptr<CurlHandle> handle);

  // False if libcurl has no memory for it.
  bool add(const CurlHandle& handle);
  void remove(const CurlHandle& handle);
  void socket_ready(int socket, uint32_t events);
  void time_ready();
  // Closes connections that were idle for longer than the time. libcurl does that only when it
  // begins a request, which a pool with one long request does not.
  void sweep();
  // A handle with which libcurl has ended, and its CURLcode.
  std::optional<std::pair<CurlHandle*, int>> take_finished();

  // Addresses of a host that were looked up a moment ago; null if there are none.
  const std::vector<IpAddress>* known(const std::string& host, Time now);
  void keep(const std::string& host, std::vector<IpAddress> addresses, Time now);

  // A lookup that is under way, and those that wait for it.
  struct Pending {
    NameLookups::Ticket ticket;
    std::vector<WebTransfer*> waiting;
  };
  std::unordered_map<std::string, Pending>& lookups() { return lookups_; }

  // Transfers of this pool, with those that wait for a lookup.
  size_t transfers = 0;

 private:
  struct Hooks;
  struct Known {
    std::vector<IpAddress> addresses;
    Time until;
  };

  const std::string key_;
  const std::chrono::seconds idle_time_;
  CurlPoolWatcher& watcher_;
  void* multi_ = nullptr;
  void* share_ = nullptr;  // CURLSH, for handles.
  CurlSockets& sockets_;
  std::vector<std::unique_ptr<CurlHandle>> handles_;
  LruCache<std::string, Known> names_{kNamesMax};
  std::unordered_map<std::string, Pending> lookups_;
};

}  // namespace theater
