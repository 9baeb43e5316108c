#include "theater/net/web_loop.h"

#include "theater/base/check.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace theater {

namespace {

using Kind = WebFailure::Kind;

constexpr size_t kEventsAtOnce = 128;

}  // namespace

WebLoop::WebLoop(const Resolver& resolver, Bounds bounds, std::shared_ptr<WebInbox> inbox)
    : bounds_(bounds),
      inbox_(std::move(inbox)),
      poll_(::epoll_create1(EPOLL_CLOEXEC)),
      lookups_(resolver) {
  THEATER_CHECK(poll_.open(), "no descriptor for the web client: {}", std::strerror(errno));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.fd = inbox_->number();
  int added = ::epoll_ctl(poll_.number(), EPOLL_CTL_ADD, inbox_->number(), &event);
  THEATER_CHECK(added == 0, "watching the inbox: {}", std::strerror(errno));
}

WebLoop::~WebLoop() = default;

void WebLoop::run() {
  while (!run_commands()) {
    wait();
    run_due(std::chrono::steady_clock::now());
  }
  cancel_all();
}

int WebLoop::wait_ms() const {
  std::optional<Time> first;
  for (const auto& next :
       {transfer_deadlines_.next(), pool_timers_.next(), idle_pools_.next(), sweeps_.next()}) {
    if (next && (!first || *next < *first)) first = next;
  }
  if (!first) return -1;
  auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*first - std::chrono::steady_clock::now());
  constexpr int64_t kWaitMsMax = 60'000;
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, kWaitMsMax));
}

void WebLoop::wait() {
  std::array<epoll_event, kEventsAtOnce> events;
  int count =
      ::epoll_wait(poll_.number(), events.data(), static_cast<int>(events.size()), wait_ms());
  THEATER_CHECK(count >= 0 || errno == EINTR, "waiting for the web: {}", std::strerror(errno));
  for (int at = 0; at < count; ++at) {
    // An earlier event may have closed the socket, or dropped its pool.
    const epoll_event& event = events.at(static_cast<size_t>(at));
    auto found = watched_.find(event.data.fd);
    if (found == watched_.end()) continue;
    if (!found->second.is_wanted) {
      // An idle connection, which its server has closed. libcurl sees that before it uses it again.
      forget(event.data.fd);
      continue;
    }
    CurlPool& pool = *found->second.pool;
    pool.socket_ready(event.data.fd, event.events);
    settle(pool);
  }
}

void WebLoop::run_due(Time now) {
  while (auto pool = pool_timers_.take_due(now)) {
    (*pool)->time_ready();
    settle(**pool);
  }
  while (auto transfer = transfer_deadlines_.take_due(now))
    finish(**transfer, (*transfer)->late(now));
  while (auto pool = idle_pools_.take_due(now))
    drop(**pool);
  while (auto pool = sweeps_.take_due(now)) {
    (*pool)->sweep();
    sweeps_.set(*pool, now + idle_seconds());
    settle(**pool);
  }
}

std::chrono::seconds WebLoop::idle_seconds() const {
  return std::max(std::chrono::ceil<std::chrono::seconds>(bounds_.idle_time),
                  std::chrono::seconds(1));
}

bool WebLoop::run_commands() {
  if (!inbox_->has_content()) return false;
  WebInbox::Content content = inbox_->take();
  run(content);
  return content.is_closed;
}

void WebLoop::run(WebInbox::Content& content) {
  for (WebInbox::Report& report : content.reports) {
    report.receiver->over(std::move(report.failure));
    if (report.is_refusal) inbox_->refusals.fetch_sub(1);
  }
  for (WebInbox::Start& one : content.starts)
    start(std::move(one));
  for (WebInbox::Found& found : content.found)
    note_found(std::move(found));
  for (const auto& [id, signals] : content.signals)
    signal(id, signals);
}

void WebLoop::cancel_all() {
  // Receivers may begin further requests, which end in the same way.
  WebInbox::Content more;
  do {
    run(more);
    while (!entries_.empty()) {
      WebTransfer& transfer = *entries_.begin()->second.transfer;
      finish(transfer, transfer.failed(Kind::kCancelled, "this program's web client ends"));
    }
    more = inbox_->take();
  } while (!more.starts.empty() || !more.reports.empty());
}

void WebLoop::start(WebInbox::Start start) {
  WebTransferHome home{addresses_, transfer_deadlines_};
  uint64_t number = start.id.value;
  auto transfer = std::make_unique<WebTransfer>(start.id, std::move(start.request),
                                                std::move(start.receiver), start.began, home);
  WebTransfer& begun = *transfer;
  CurlPool& pool = pool_for(begun.request());
  ++pool.transfers;
  idle_pools_.clear(&pool);
  Entry& entry = entries_.emplace(number, Entry{std::move(transfer), &pool, nullptr}).first->second;
  if (auto refused = begun.check()) return finish(begun, std::move(refused));
  if (!pool.is_good()) {
    return finish(begun, begun.failed(Kind::kNoRoom, "libcurl has no room for it; try later"));
  }
  const std::string& host = begun.request().url.host;
  if (auto address = IpAddress::parse(host)) return connect(entry, {*address});
  if (const auto* known = pool.known(host, std::chrono::steady_clock::now())) {
    return connect(entry, std::vector<IpAddress>(*known));
  }
  look_up(entry);
}

void WebLoop::look_up(Entry& entry) {
  CurlPool& pool = *entry.pool;
  WebTransfer& transfer = *entry.transfer;
  const std::string& host = transfer.request().url.host;
  auto [place, is_new] = pool.lookups().try_emplace(host);
  place->second.waiting.push_back(&transfer);
  if (!is_new) return;
  auto then = [inbox = inbox_, pool = pool.key(), host](NameLookups::Answer answer) {
    inbox->put([&](WebInbox::Content& content) {
      content.found.push_back({pool, host, std::move(answer)});
    });
  };
  auto ticket = lookups_.start(pool.key(), host, std::move(then));
  if (ticket) {
    place->second.ticket = *ticket;
    return;
  }
  pool.lookups().erase(place);
  finish(transfer, transfer.failed(Kind::kNoRoom, "{}", ticket.error().message()));
}

void WebLoop::note_found(WebInbox::Found found) {
  auto pool = pools_.find(found.pool);
  if (pool == pools_.end()) return;
  auto lookup = pool->second->lookups().find(found.host);
  if (lookup == pool->second->lookups().end()) return;
  std::vector<WebTransfer*> waiting = std::move(lookup->second.waiting);
  pool->second->lookups().erase(lookup);
  if (found.answer) {
    pool->second->keep(found.host, *found.answer, std::chrono::steady_clock::now());
  }
  for (WebTransfer* transfer : waiting) {
    if (found.answer) {
      connect(entries_.at(transfer->id().value), *found.answer);
    } else {
      finish(*transfer,
             transfer->failed(Kind::kLookup, "{}; check its name", found.answer.error().message()));
    }
  }
}

void WebLoop::connect(Entry& entry, const std::vector<IpAddress>& addresses) {
  WebTransfer& transfer = *entry.transfer;
  CurlPool& pool = *entry.pool;
  if (auto refused = transfer.choose(addresses)) return finish(transfer, std::move(refused));
  bool keeps_connection = sockets_ - std::min(handles_, sockets_) < bounds_.idle_connections_max;
  TrustStores::Store store;
  if (transfer.request().url.scheme == Url::Scheme::kHttps) {
    auto trust = trust_.find(transfer.request().authorities);
    if (!trust) return finish(transfer, transfer.failed(Kind::kTls, "{}", trust.error().message()));
    store = *std::move(trust);
  }
  auto handle = pool.take_handle();
  if (auto refused = handle->begin(transfer, {std::move(store), keeps_connection})) {
    return finish(transfer, std::move(refused));
  }
  entry.handle = std::move(handle);
  ++handles_;
  if (!pool.add(*entry.handle)) {
    return finish(transfer,
                  transfer.failed(Kind::kNoRoom, "libcurl has no room for it; try later"));
  }
  settle(pool);
}

void WebLoop::signal(uint64_t id, WebInbox::Signals signals) {
  auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (signals.cancels) {
    finish(*entry.transfer, entry.transfer->failed(Kind::kCancelled, "it is not wanted any more"));
  } else if (signals.resumes && entry.transfer->is_paused()) {
    CurlPool& pool = *entry.pool;
    // A callback that refuses within it does not end the transfer for libcurl.
    int code = entry.handle->resume();
    if (code != 0) return finish(*entry.transfer, entry.handle->outcome(code));
    settle(pool);
  }
}

void WebLoop::settle(CurlPool& pool) {
  while (auto finished = pool.take_finished()) {
    auto& [handle, code] = *finished;
    WebTransfer& transfer = handle->transfer();
    auto why = handle->outcome(code);
    if (!why) handle->note_whole();
    finish(transfer, std::move(why));
  }
}

void WebLoop::finish(WebTransfer& transfer, std::optional<WebFailure> why) {
  auto found = entries_.find(transfer.id().value);
  THEATER_CHECK(found != entries_.end());
  Entry entry = std::move(found->second);
  entries_.erase(found);
  transfer_deadlines_.clear(&transfer);
  if (entry.handle != nullptr) {
    entry.pool->remove(*entry.handle);
    entry.pool->give_back(std::move(entry.handle));
    --handles_;
  } else {
    stop_waiting(entry);
  }
  if (--entry.pool->transfers == 0) {
    note_idle(*entry.pool);
  } else if (!sweeps_.has(entry.pool)) {
    sweeps_.set(entry.pool, std::chrono::steady_clock::now() + idle_seconds());
  }
  inbox_->in_flight.fetch_sub(1);
  transfer.tell_over(std::move(why));
}

void WebLoop::stop_waiting(const Entry& entry) {
  auto& lookups = entry.pool->lookups();
  auto found = lookups.find(entry.transfer->request().url.host);
  if (found == lookups.end() || std::erase(found->second.waiting, entry.transfer.get()) == 0) {
    return;
  }
  if (!found->second.waiting.empty()) return;
  lookups_.withdraw(found->second.ticket);
  lookups.erase(found);
}

CurlPool& WebLoop::pool_for(const WebRequest& request) {
  // No caller's pool begins with a zero byte and a number.
  std::string name = request.pool.empty() ? '\0' + std::to_string(++own_pools_) : request.pool;
  std::string key = name + '\0' + request.authorities.string();
  auto& pool = pools_[key];
  if (pool == nullptr) pool = std::make_unique<CurlPool>(key, idle_seconds(), *this, *this);
  return *pool;
}

void WebLoop::note_idle(CurlPool& pool) {
  sweeps_.clear(&pool);
  auto now = std::chrono::steady_clock::now();
  // Nothing uses it again, but the callers still look at it.
  if (pool.key().starts_with('\0')) return idle_pools_.set(&pool, now);
  // The callers may still use this one, so others make room for it.
  while (idle_pools_.size() > 0 && idle_pools_.size() >= bounds_.idle_pools_max)
    drop(**idle_pools_.first());
  idle_pools_.set(&pool, now + bounds_.idle_time);
}

void WebLoop::drop(CurlPool& pool) {
  idle_pools_.clear(&pool);
  auto found = pools_.find(pool.key());
  std::unique_ptr<CurlPool> dropped = std::move(found->second);
  pools_.erase(found);
  CurlPool* name = dropped.get();
  dropped.reset();
  // Closing its connections may have set a time.
  pool_timers_.clear(name);
  std::erase_if(watched_, [&](const auto& one) { return one.second.pool == name; });
}

// libcurl forgets the socket of a connection between two requests. Here it stays, because telling
// the kernel twice for each request costs more than an event now and then that tells nothing.
void WebLoop::watch(CurlPool& pool, int socket, uint32_t events) {
  auto [place, is_new] = watched_.try_emplace(socket, Watched{&pool, events, events != 0});
  Watched& watched = place->second;
  if (events == 0) {
    watched.is_wanted = false;
    if (is_new) watched_.erase(place);
    return;
  }
  bool is_known = !is_new && watched.pool == &pool && watched.events == events;
  watched = {&pool, events, true};
  if (is_known) return;
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  int operation = is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  int done = ::epoll_ctl(poll_.number(), operation, socket, &event);
  if (done != 0 && (errno == ENOENT || errno == EEXIST)) {
    operation = errno == ENOENT ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    done = ::epoll_ctl(poll_.number(), operation, socket, &event);
  }
  THEATER_CHECK(done == 0, "watching a socket: {}", std::strerror(errno));
}

void WebLoop::forget(int socket) {
  // Fails if the socket is closed already, which forgets it too.
  ::epoll_ctl(poll_.number(), EPOLL_CTL_DEL, socket, nullptr);
  watched_.erase(socket);
}

void WebLoop::opened(int socket) {
  ++sockets_;
  watched_.erase(socket);
}

// A closed socket leaves epoll by itself.
void WebLoop::closing(int socket) {
  --sockets_;
  watched_.erase(socket);
}

void WebLoop::set_timer(CurlPool& pool, std::optional<Time> time) {
  if (time) {
    pool_timers_.set(&pool, *time);
  } else {
    pool_timers_.clear(&pool);
  }
}

}  // namespace theater
