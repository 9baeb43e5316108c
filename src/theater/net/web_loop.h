// The thread of a WebClient: waits for sockets, times, lookups and commands, and moves each request
// forward.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/net/address_check.h"
#include "theater/net/curl_handle.h"
#include "theater/net/curl_pool.h"
#include "theater/net/deadlines.h"
#include "theater/net/name_lookups.h"
#include "theater/net/trust_stores.h"
#include "theater/net/web_inbox.h"
#include "theater/net/web_transfer.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace theater {

// run() is the thread; all other members are its own.
class WebLoop final : public CurlPoolWatcher, public CurlSockets {
 public:
  struct Bounds {
    size_t idle_pools_max;
    size_t idle_connections_max;
    std::chrono::milliseconds idle_time;
  };

  WebLoop(const Resolver& resolver, Bounds bounds, std::shared_ptr<WebInbox> inbox);
  ~WebLoop() override;
  WebLoop(const WebLoop&) = delete;
  WebLoop& operator=(const WebLoop&) = delete;

  // Until the inbox is closed. Then every request that is under way ends as cancelled.
  void run();

 private:
  // A request, and what libcurl has for it.
  struct Entry {
    std::unique_ptr<WebTransfer> transfer;
    CurlPool* pool = nullptr;
    std::unique_ptr<CurlHandle> handle;  // Null while the host is looked up.
  };

  // A socket that epoll knows.
  struct Watched {
    CurlPool* pool = nullptr;
    uint32_t events = 0;
    bool is_wanted = false;  // By libcurl, for a request.
  };

  void watch(CurlPool& pool, int socket, uint32_t events) override;
  void opened(int socket) override;
  void closing(int socket) override;
  void forget(int socket);
  void set_timer(CurlPool& pool, std::optional<Time> time) override;

  int wait_ms() const;
  void wait();
  void run_due(Time now);
  // True once the inbox is closed.
  bool run_commands();
  void run(WebInbox::Content& content);
  void cancel_all();

  void start(WebInbox::Start start);
  void look_up(Entry& entry);
  void note_found(WebInbox::Found found);
  void connect(Entry& entry, const std::vector<IpAddress>& addresses);
  void signal(uint64_t id, WebInbox::Signals signals);
  void finish(WebTransfer& transfer, std::optional<WebFailure> why);
  // Ends the transfers with which libcurl has ended.
  void settle(CurlPool& pool);
  void stop_waiting(const Entry& entry);

  CurlPool& pool_for(const WebRequest& request);
  std::chrono::seconds idle_seconds() const;
  void note_idle(CurlPool& pool);
  void drop(CurlPool& pool);

  const Bounds bounds_;
  // Shared with the client and the threads of lookups, which may put in more at any time.
  const std::shared_ptr<WebInbox> inbox_;
  const Descriptor poll_;
  AddressCheck addresses_;
  TrustStores trust_;
  uint64_t own_pools_ = 0;  // Pools of requests that share nothing.
  size_t sockets_ = 0;
  size_t handles_ = 0;
  Deadlines<WebTransfer*> transfer_deadlines_;
  Deadlines<CurlPool*> pool_timers_;
  Deadlines<CurlPool*> idle_pools_;
  Deadlines<CurlPool*> sweeps_;               // Of pools that have requests.
  std::unordered_map<int, Watched> watched_;  // By socket.
  std::unordered_map<std::string, std::unique_ptr<CurlPool>> pools_;
  std::unordered_map<uint64_t, Entry> entries_;
  // Last, so that no lookup tells anything to an object that is half gone.
  NameLookups lookups_;
};

}  // namespace theater
