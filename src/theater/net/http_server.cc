#include "theater/net/http_server.h"

#include "theater/base/check.h"
#include "theater/base/guarded.h"
#include "theater/net/acceptor.h"
#include "theater/net/http_connection.h"
#include "theater/net/http_date.h"
#include "theater/net/server_gate.h"
#include "theater/net/tick.h"
#include "theater/net/web_socket_session.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace theater {

namespace {

namespace asio = boost::asio;

std::chrono::milliseconds tick_of(const HttpLimits& limits) {
  auto shortest =
      std::min({limits.head_time, limits.body_time, limits.send_time, limits.idle_time});
  return tick_for(shortest);
}

}  // namespace

// What lives on the loop thread. Members that other threads read are atomic or guarded.
class HttpServer::Core final : public AnswerTarget, public ConnectionHost {
 public:
  Core(IoLoop& loop, HttpHandlers handlers, HttpServerOptions options)
      : loop_(loop),
        handlers_(std::move(handlers)),
        limits_(options.limits),
        end_of_input_(options.end_of_input),
        holder_(options.holder),
        clock_(options.clock),
        room_(std::move(options.room)),
        // Shared with all responders, which may outlive the server.
        gate_(std::make_shared<ServerGate>(loop, *this)),
        tick_(loop.context()),
        limit_(loop.context()) {}

  IoLoop& loop() { return loop_; }

  // What all connections of one listening socket share.
  struct Door {
    TlsContext* tls = nullptr;
    TlsSource tls_source = {};                // In place of `tls`.
    SocketUsers users = SocketUsers::kOwner;  // Of a Unix socket.

    bool is_plain() const { return tls == nullptr && !tls_source; }
  };

  // On the loop thread.
  void start() { wait_for_tick(); }
  void add_acceptor(ListeningSocket socket, const Door& door);
  void stop_accepting();
  void close_gracefully();
  void drop_all();
  // Forgets the way to this object; it may be destroyed when is_settled().
  void end();
  bool is_settled() const;
  // Closes within `limit`, then calls `emptied` once.
  void retire(std::chrono::milliseconds limit, std::function<void()> emptied);

  // From any thread.
  HttpServerCounts counts() const;
  // Waits until nothing is left on the loop, or for `limit`.
  bool wait_until_empty(std::chrono::milliseconds limit);
  void wait_until_empty();
  const std::shared_ptr<ServerGate>& gate() const override { return gate_; }

 private:
  struct Entry {
    std::unique_ptr<HttpConnection> http;
    std::unique_ptr<WebSocketSession> web_socket;
    std::string client;
    std::shared_ptr<TlsContext> tls;  // Shared with the source, which may have another by now.
  };

  // AnswerTarget
  void answer(ConnectionId connection, RequestId request, HttpAnswer answer) override;
  void start_stream(ConnectionId connection, RequestId request, HttpAnswer head,
                    std::shared_ptr<StreamBuffer> buffer) override;
  void start_web_socket(ConnectionId connection, RequestId request,
                        std::shared_ptr<WebSocketQueue> queue) override;
  void pump(ConnectionId connection) override;

  // ConnectionHost
  const HttpLimits& limits() const override { return limits_; }
  bool ends_with_input() const override { return end_of_input_ == EndOfInput::kIsAbsence; }
  const HttpHandlers& handlers() const override { return handlers_; }
  std::string_view date() override;
  void count_request() override { requests_.fetch_add(1, std::memory_order_relaxed); }
  void has_ended(ConnectionId connection) override;
  void continue_as_web_socket(ConnectionId connection, AsioStreamOwner stream,
                              const HttpRequest& request,
                              std::shared_ptr<WebSocketQueue> queue) override;

  void accept(Descriptor socket, const SocketAddress& peer, const Door& door);
  void refuse(int socket, bool is_plain);
  void remove(ConnectionId connection);
  HttpConnection* find_http(ConnectionId connection);
  void wait_for_tick();
  void check_times();
  template <class Fn>
  void for_each(Fn fn);
  void report_if_empty();

  IoLoop& loop_;
  const HttpHandlers handlers_;
  const HttpLimits limits_;
  const EndOfInput end_of_input_;
  const FileHolder holder_;
  const Clock* const clock_;
  const std::shared_ptr<ConnectionRoom> room_;
  const std::shared_ptr<ServerGate> gate_;
  asio::steady_timer tick_;
  asio::steady_timer limit_;  // Of a server that was retired.
  std::function<void()> emptied_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::unordered_map<uint64_t, Entry> entries_;
  std::unordered_map<std::string, size_t> clients_;
  uint64_t last_connection_ = 0;
  HttpDate date_;
  bool is_stopping_ = false;
  bool has_tick_ = false;
  bool has_limit_ = false;
  bool is_ended_ = false;
  std::atomic<uint64_t> connections_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> requests_{0};
  std::atomic<size_t> open_{0};
  Guarded<bool> is_empty_{true};
};

// Listening.

void HttpServer::Core::add_acceptor(ListeningSocket socket, const Door& door) {
  acceptors_.push_back(std::make_unique<Acceptor>(
      loop_.context(), std::move(socket),
      [this, door](Descriptor accepted, const SocketAddress& peer) {
        accept(std::move(accepted), peer, door);
      },
      [this, is_plain = door.is_plain()](int refused) { refuse(refused, is_plain); }));
  acceptors_.back()->start();
}

void HttpServer::Core::accept(Descriptor socket, const SocketAddress& address, const Door& door) {
  bool is_plain = door.is_plain();
  std::shared_ptr<TlsContext> own_tls = door.tls_source ? door.tls_source() : nullptr;
  if (door.tls_source && own_tls == nullptr) return refuse(socket.number(), is_plain);
  HttpPeer peer{address.address(), address.port(), std::nullopt, door.users};
  std::string client = address.client_key();
  if (address.family() == AF_UNIX) {
    auto found = unix_peer_of(socket.number());
    if (!found) return refuse(socket.number(), is_plain);
    peer.unix_peer = *found;
    client = fmt::format("{} {}", peer.is_on_own_socket() ? "owner" : "user", found->user);
  }
  FileHolder holder = peer.is_on_own_socket() ? FileHolder::kOwner : holder_;
  if (!has_file_room(socket.number(), holder)) return refuse(socket.number(), is_plain);
  size_t& of_client = clients_[client];
  size_t kept = peer.is_on_own_socket() ? 0 : limits_.connections_kept_for_owner;
  bool has_place = entries_.size() + kept < limits_.connections_max &&
                   of_client < limits_.connections_per_peer_max &&
                   (room_ == nullptr || room_->take());
  if (!has_place) {
    if (of_client == 0) clients_.erase(client);
    return refuse(socket.number(), is_plain);
  }
  ++of_client;
  connections_.fetch_add(1, std::memory_order_relaxed);
  open_.fetch_add(1, std::memory_order_relaxed);
  is_empty_.with([](bool& empty) { empty = false; });
  ConnectionId id{++last_connection_};
  TlsContext* tls = own_tls ? own_tls.get() : door.tls;
  auto transport = Transport::make(loop_.context(), std::move(socket), tls);
  auto connection =
      std::make_unique<HttpConnection>(*this, id, std::move(transport), std::move(peer));
  HttpConnection& made = *connection;
  entries_.emplace(id.value,
                   Entry{std::move(connection), nullptr, std::move(client), std::move(own_tls)});
  made.start();
}

void HttpServer::Core::refuse(int socket, bool is_plain) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  if (!is_plain) return;
  constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
      "Connection: close\r\n\r\n";
  // A new connection has room for it; if not, the client learns by the end alone.
  (void)send(socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  shutdown(socket, SHUT_WR);
}

void HttpServer::Core::stop_accepting() {
  for (auto& acceptor : acceptors_)
    acceptor->stop();
}

// Connections.

HttpConnection* HttpServer::Core::find_http(ConnectionId connection) {
  auto found = entries_.find(connection.value);
  return found == entries_.end() ? nullptr : found->second.http.get();
}

void HttpServer::Core::answer(ConnectionId connection, RequestId request, HttpAnswer answer) {
  if (HttpConnection* http = find_http(connection)) http->answer(request, std::move(answer));
}

void HttpServer::Core::start_stream(ConnectionId connection, RequestId request, HttpAnswer head,
                                    std::shared_ptr<StreamBuffer> buffer) {
  HttpConnection* http = find_http(connection);
  if (http == nullptr) return buffer->close();
  http->start_stream(request, std::move(head), std::move(buffer));
}

void HttpServer::Core::start_web_socket(ConnectionId connection, RequestId request,
                                        std::shared_ptr<WebSocketQueue> queue) {
  HttpConnection* http = find_http(connection);
  if (http == nullptr) return queue->ended({1006, "the client has gone"});
  http->start_web_socket(request, std::move(queue));
}

void HttpServer::Core::pump(ConnectionId connection) {
  auto found = entries_.find(connection.value);
  if (found == entries_.end()) return;
  if (found->second.web_socket) {
    found->second.web_socket->pump();
  } else {
    found->second.http->advance();
  }
}

void HttpServer::Core::has_ended(ConnectionId connection) {
  // Later, because the connection is in the middle of a call.
  loop_.post([this, connection] { remove(connection); });
}

void HttpServer::Core::remove(ConnectionId connection) {
  auto found = entries_.find(connection.value);
  if (found == entries_.end()) return;
  auto client = clients_.find(found->second.client);
  if (--client->second == 0) clients_.erase(client);
  entries_.erase(found);
  if (room_) room_->give();
  open_.fetch_sub(1, std::memory_order_relaxed);
  report_if_empty();
}

void HttpServer::Core::continue_as_web_socket(ConnectionId connection, AsioStreamOwner stream,
                                              const HttpRequest& request,
                                              std::shared_ptr<WebSocketQueue> queue) {
  Entry& entry = entries_.at(connection.value);
  entry.web_socket = WebSocketSession::make(std::move(stream), std::move(queue), limits_.send_time,
                                            [this, connection] { has_ended(connection); });
  // The connection is in the middle of a call; it goes later.
  loop_.post([this, connection] {
    auto found = entries_.find(connection.value);
    if (found != entries_.end()) found->second.http.reset();
  });
  entry.web_socket->start(request);
  if (is_stopping_) entry.web_socket->close({1001, "the server closes"});
}

// Time.

void HttpServer::Core::wait_for_tick() {
  has_tick_ = true;
  tick_.expires_after(tick_of(limits_));
  tick_.async_wait([this](boost::system::error_code error) {
    has_tick_ = false;
    if (error || is_ended_) return;
    check_times();
    wait_for_tick();
  });
}

template <class Fn>
void HttpServer::Core::for_each(Fn fn) {
  // What is called may add no entry and removes entries only later, by the loop.
  for (auto& [id, entry] : entries_)
    fn(entry);
}

void HttpServer::Core::check_times() {
  LoopTime now = std::chrono::steady_clock::now();
  for_each([now](Entry& entry) {
    if (entry.web_socket) {
      entry.web_socket->check_time(now);
    } else {
      entry.http->check_time(now);
    }
  });
}

std::string_view HttpServer::Core::date() {
  return clock_ == nullptr ? std::string_view() : date_.at(clock_->wall_us() / 1'000'000);
}

// The end.

void HttpServer::Core::close_gracefully() {
  is_stopping_ = true;
  stop_accepting();
  for_each([](Entry& entry) {
    if (entry.web_socket) {
      entry.web_socket->close({1001, "the server closes"});
    } else {
      entry.http->close_gracefully();
    }
  });
}

void HttpServer::Core::drop_all() {
  close_gracefully();
  for_each([](Entry& entry) {
    if (entry.web_socket) {
      entry.web_socket->drop();
    } else {
      entry.http->drop();
    }
  });
}

void HttpServer::Core::end() {
  gate_->forget_target();
  is_ended_ = true;
  tick_.cancel();
}

bool HttpServer::Core::is_settled() const {
  return !has_tick_ && !has_limit_ &&
         std::all_of(acceptors_.begin(), acceptors_.end(),
                     [](const auto& acceptor) { return acceptor->is_settled(); });
}

void HttpServer::Core::report_if_empty() {
  if (!entries_.empty()) return;
  if (emptied_) {
    limit_.cancel();
    // Later, because what it destroys is in the middle of a call.
    loop_.post(std::exchange(emptied_, nullptr));
  }
  is_empty_.with([](bool& empty) { empty = true; });
  is_empty_.notify_all();
}

void HttpServer::Core::retire(std::chrono::milliseconds limit, std::function<void()> emptied) {
  close_gracefully();
  emptied_ = std::move(emptied);
  if (entries_.empty()) return report_if_empty();
  has_limit_ = true;
  limit_.expires_after(limit);
  limit_.async_wait([this](boost::system::error_code error) {
    has_limit_ = false;
    if (!error && !is_ended_) drop_all();
  });
}

bool HttpServer::Core::wait_until_empty(std::chrono::milliseconds limit) {
  return is_empty_.wait_for(
      limit, [](bool empty) { return empty; }, [](bool empty) { return empty; });
}

void HttpServer::Core::wait_until_empty() {
  is_empty_.wait([](bool empty) { return empty; }, [](bool) {});
}

HttpServerCounts HttpServer::Core::counts() const {
  return {connections_.load(std::memory_order_relaxed), refused_.load(std::memory_order_relaxed),
          requests_.load(std::memory_order_relaxed), open_.load(std::memory_order_relaxed)};
}

// The server as its owner sees it.

HttpServer::HttpServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}

std::unique_ptr<HttpServer> HttpServer::create(IoLoop& loop, HttpHandlers handlers,
                                               HttpServerOptions options) {
  THEATER_CHECK(handlers.handle, "a server without a handler");
  auto core = std::make_unique<Core>(loop, std::move(handlers), options);
  loop.run([&] { core->start(); });
  return std::unique_ptr<HttpServer>(
      new HttpServer(std::move(core)));  // tidy: owned by the unique_ptr around it
}

HttpServer::~HttpServer() {
  if (core_ == nullptr) return;
  close(std::chrono::milliseconds(0));
  core_->loop().run([&] { core_->end(); });
  // What was cancelled still ends on the loop, in the next turn or two.
  for (bool is_settled = false; !is_settled;) {
    core_->loop().run([&] { is_settled = core_->is_settled(); });
  }
  core_->gate()->close();
}

Result<uint16_t> HttpServer::listen_tcp(const std::string& address, uint16_t port,
                                        TlsContext* tls) {
  ListeningSocket socket = THEATER_TRY(ListeningSocket::tcp(address, port));
  uint16_t bound = socket.port();
  core_->loop().run([&] { core_->add_acceptor(std::move(socket), {.tls = tls}); });
  return bound;
}

Result<uint16_t> HttpServer::listen_tls(const std::string& address, uint16_t port, TlsSource tls) {
  ListeningSocket socket = THEATER_TRY(ListeningSocket::tcp(address, port));
  uint16_t bound = socket.port();
  core_->loop().run(
      [&] { core_->add_acceptor(std::move(socket), {.tls_source = std::move(tls)}); });
  return bound;
}

Result<void> HttpServer::listen_unix(const std::filesystem::path& path, SocketUsers users) {
  ListeningSocket socket = THEATER_TRY(ListeningSocket::at_path(path, users));
  core_->loop().run([&] { core_->add_acceptor(std::move(socket), {.users = users}); });
  return {};
}

void HttpServer::stop_accepting() {
  core_->loop().run([&] { core_->stop_accepting(); });
}

void HttpServer::close(std::chrono::milliseconds limit) {
  core_->loop().run([&] { core_->close_gracefully(); });
  if (!core_->wait_until_empty(limit)) {
    core_->loop().run([&] { core_->drop_all(); });
    core_->wait_until_empty();
  }
}

// The last steps of a server that was retired, on its loop: what was cancelled still ends there, in
// the next turn or two.
void HttpServer::settle(std::shared_ptr<Core> core, std::function<void()> gone) {
  IoLoop& loop = core->loop();
  if (!core->is_settled()) {
    loop.post([core = std::move(core), gone = std::move(gone)]() mutable {
      settle(std::move(core), std::move(gone));
    });
    return;
  }
  core->gate()->close();
  core.reset();
  if (gone) gone();
}

void HttpServer::retire(std::unique_ptr<HttpServer> server, std::chrono::milliseconds limit,
                        Retirement steps) {
  // Shared, because functions are copied.
  std::shared_ptr<Core> core = std::move(server->core_);
  IoLoop& loop = core->loop();
  loop.post([core = std::move(core), limit, steps = std::move(steps)]() mutable {
    Core& closing = *core;
    closing.stop_accepting();
    if (steps.has_stopped_listening) steps.has_stopped_listening();
    closing.retire(limit, [core = std::move(core), gone = std::move(steps.gone)]() mutable {
      core->end();
      settle(std::move(core), std::move(gone));
    });
  });
}

HttpServerCounts HttpServer::counts() const {
  return core_->counts();
}

}  // namespace theater
