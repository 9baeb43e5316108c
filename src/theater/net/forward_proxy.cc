#include "theater/net/forward_proxy.h"

#include "theater/base/guarded.h"
#include "theater/base/open_files.h"
#include "theater/net/acceptor.h"
#include "theater/net/address_check.h"
#include "theater/net/io_loop.h"
#include "theater/net/name_lookups.h"
#include "theater/net/proxy_connection.h"
#include "theater/net/tick.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <unordered_map>
#include <utility>

namespace theater {

namespace {

namespace asio = boost::asio;

std::chrono::milliseconds proxy_tick(const ForwardProxyLimits& limits) {
  auto shortest =
      std::min({limits.http.head_time, limits.connect_time, limits.idle_time, limits.linger_time});
  return tick_for(shortest);
}

}  // namespace

// What lives on the loop thread.
class ForwardProxies::Core final : public ProxyConnectionHost {
 public:
  Core(IoLoop& loop, const Resolver& resolver, const ForwardProxyLimits& limits)
      : loop_(loop),
        limits_(limits),
        tick_(loop.context()),
        lookups_(std::make_unique<NameLookups>(resolver)) {}

  void add(uint64_t id, ListeningSocket socket, std::string asker,
           std::shared_ptr<ProxyOwner> owner);
  void stop(uint64_t id);
  void stop_all();

  // From any thread. Waits until nothing is left on the loop.
  void wait_until_empty() {
    is_empty_.wait([](bool is_empty) { return is_empty; }, [](bool) {});
  }
  // Not on the loop thread: waits for look-ups that are about to answer.
  void end_lookups() { lookups_.reset(); }
  size_t open() const { return open_.load(std::memory_order_relaxed); }

 private:
  struct Proxy {
    std::unique_ptr<Acceptor> acceptor;
    std::string asker;
    std::shared_ptr<ProxyOwner> owner;  // Shared with its maker and its connections.
    size_t connections = 0;
    uint64_t last_number = 0;
    bool is_stopped = false;
  };
  struct Entry {
    std::unique_ptr<ProxyConnection> connection;
    uint64_t proxy = 0;
  };

  const ForwardProxyLimits& limits() const override { return limits_; }
  asio::io_context& context() override { return loop_.context(); }
  Result<NameLookups::Ticket> look_up(ConnectionId connection, const std::string& host) override;
  void withdraw(NameLookups::Ticket ticket) override { lookups_->withdraw(ticket); }
  AddressKind kind_of(const IpAddress& address) override { return addresses_.kind(address); }
  void has_ended(ConnectionId connection) override;

  void accept(uint64_t id, Descriptor socket);
  void found(ConnectionId connection, NameLookups::Answer answer);
  void remove(ConnectionId connection);
  void sweep();
  void wait_for_tick();

  IoLoop& loop_;
  const ForwardProxyLimits limits_;
  AddressCheck addresses_;
  asio::steady_timer tick_;
  bool has_tick_ = false;
  std::unordered_map<uint64_t, Proxy> proxies_;
  std::unordered_map<uint64_t, Entry> entries_;
  uint64_t last_connection_ = 0;
  std::atomic<size_t> open_{0};
  Guarded<bool> is_empty_{true};
  std::unique_ptr<NameLookups> lookups_;
};

void ForwardProxies::Core::add(uint64_t id, ListeningSocket socket, std::string asker,
                               std::shared_ptr<ProxyOwner> owner) {
  is_empty_.with([](bool& is_empty) { is_empty = false; });
  Proxy& proxy = proxies_[id];
  proxy.asker = std::move(asker);
  proxy.owner = std::move(owner);
  proxy.acceptor = std::make_unique<Acceptor>(
      loop_.context(), std::move(socket),
      [this, id](Descriptor accepted, const SocketAddress&) { accept(id, std::move(accepted)); },
      [this, id](int) { proxies_.at(id).owner->had_no_place(); });
  proxy.acceptor->start();
  if (!has_tick_) wait_for_tick();
}

void ForwardProxies::Core::accept(uint64_t id, Descriptor socket) {
  Proxy& proxy = proxies_.at(id);
  bool has_place = proxy.connections < limits_.connections_max &&
                   entries_.size() < limits_.all_connections_max &&
                   has_file_room(socket.number(), FileHolder::kGuest);
  if (!has_place) return proxy.owner->had_no_place();
  ++proxy.connections;
  open_.fetch_add(1, std::memory_order_relaxed);
  ConnectionId connection{++last_connection_};
  auto made = std::make_unique<ProxyConnection>(
      *this, connection, ++proxy.last_number, proxy.owner,
      Transport::make(loop_.context(), std::move(socket), nullptr));
  ProxyConnection& begun = *made;
  entries_.emplace(connection.value, Entry{std::move(made), id});
  begun.start();
}

Result<NameLookups::Ticket> ForwardProxies::Core::look_up(ConnectionId connection,
                                                          const std::string& host) {
  const Entry& entry = entries_.at(connection.value);
  return lookups_->start(
      proxies_.at(entry.proxy).asker, host, [this, connection](NameLookups::Answer answer) {
        loop_.post([this, connection, answer = std::move(answer)] { found(connection, answer); });
      });
}

void ForwardProxies::Core::found(ConnectionId connection, NameLookups::Answer answer) {
  auto entry = entries_.find(connection.value);
  if (entry != entries_.end()) entry->second.connection->found(std::move(answer));
}

void ForwardProxies::Core::has_ended(ConnectionId connection) {
  // Later, because the connection is in the middle of a call.
  loop_.post([this, connection] { remove(connection); });
}

void ForwardProxies::Core::remove(ConnectionId connection) {
  auto entry = entries_.find(connection.value);
  if (entry == entries_.end()) return;
  --proxies_.at(entry->second.proxy).connections;
  entries_.erase(entry);
  open_.fetch_sub(1, std::memory_order_relaxed);
  sweep();
}

void ForwardProxies::Core::stop(uint64_t id) {
  auto found = proxies_.find(id);
  if (found == proxies_.end() || found->second.is_stopped) return;
  found->second.is_stopped = true;
  found->second.acceptor->stop();
  // What is dropped leaves the map later.
  for (auto& [number, entry] : entries_) {
    if (entry.proxy == id) entry.connection->drop();
  }
  // Behind what the loop still calls for the acceptor.
  loop_.post([this] { sweep(); });
}

void ForwardProxies::Core::stop_all() {
  std::vector<uint64_t> ids;
  for (const auto& [id, proxy] : proxies_)
    ids.push_back(id);
  for (uint64_t id : ids)
    stop(id);
  sweep();
}

// Forgets the proxies that are over, and tells when nothing is left.
void ForwardProxies::Core::sweep() {
  std::erase_if(proxies_, [](const auto& one) {
    const Proxy& proxy = one.second;
    bool is_over = proxy.is_stopped && proxy.connections == 0 && proxy.acceptor->is_settled();
    if (is_over) proxy.owner->over();
    return is_over;
  });
  if (!proxies_.empty()) return;
  if (has_tick_) {
    tick_.cancel();
    return;
  }
  is_empty_.with([](bool& is_empty) { is_empty = true; });
  is_empty_.notify_all();
}

void ForwardProxies::Core::wait_for_tick() {
  has_tick_ = true;
  tick_.expires_after(proxy_tick(limits_));
  tick_.async_wait([this](boost::system::error_code) {
    has_tick_ = false;
    auto now = std::chrono::steady_clock::now();
    for (auto& [number, entry] : entries_)
      entry.connection->check_time(now);
    sweep();
    if (!proxies_.empty() && !has_tick_) wait_for_tick();
  });
}

// The way to the loop, shared with the proxies, which may be the last to go.
struct ForwardProxies::Link {
  struct State {
    std::unique_ptr<IoLoop> loop;
    std::unique_ptr<Core> core;
    bool is_over = false;
  };

  Link(Resolver how, const ForwardProxyLimits& bounds) : resolver(std::move(how)), limits(bounds) {}

  // Runs `work` later on the loop thread; not after the end.
  void post(std::function<void(Core&)> work) {
    state.with([&](State& now) {
      if (now.loop == nullptr) return;
      now.loop->post([core = now.core.get(), work = std::move(work)] { work(*core); });
    });
  }
  void start() {
    state.with([&](State& now) {
      if (now.is_over) return;
      if (now.loop == nullptr) {
        now.loop = std::make_unique<IoLoop>("proxy");
        now.core = std::make_unique<Core>(*now.loop, resolver, limits);
      }
    });
  }

  const Resolver resolver;
  const ForwardProxyLimits limits;
  Guarded<State> state;
  std::atomic<uint64_t> last_id{0};
};

class ForwardProxies::Served final : public ForwardProxy {
 public:
  Served(std::shared_ptr<Link> link, uint64_t id) : link_(std::move(link)), id_(id) {}
  ~Served() override {
    link_->post([id = id_](Core& core) { core.stop(id); });
  }

 private:
  const std::shared_ptr<Link> link_;
  const uint64_t id_;
};

ForwardProxies::ForwardProxies(Resolver resolver, ForwardProxyLimits limits)
    : link_(std::make_shared<Link>(std::move(resolver), limits)) {}

ForwardProxies::~ForwardProxies() {
  // From here no proxy reaches the loop any more.
  std::unique_ptr<Core> core;
  auto loop = link_->state.with([&](Link::State& now) {
    now.is_over = true;
    core = std::move(now.core);
    return std::move(now.loop);
  });
  if (loop == nullptr) return;
  loop->run([&] { core->stop_all(); });
  core->wait_until_empty();
  core->end_lookups();
  // Behind what look-ups have left on the loop.
  loop->run([&] { core.reset(); });
}

std::unique_ptr<ForwardProxy> ForwardProxies::serve(ListeningSocket socket, std::string asker,
                                                    std::shared_ptr<ProxyOwner> owner) {
  uint64_t id = ++link_->last_id;
  link_->start();
  // A function that is posted can be copied, and a socket cannot.
  auto moved = std::make_shared<ListeningSocket>(std::move(socket));
  link_->post([id, moved, asker = std::move(asker), owner = std::move(owner)](Core& core) {
    core.add(id, std::move(*moved), asker, owner);
  });
  return std::make_unique<Served>(link_, id);
}

size_t ForwardProxies::open_connections() const {
  return link_->state.with(
      [](const Link::State& now) { return now.core == nullptr ? 0 : now.core->open(); });
}

}  // namespace theater
