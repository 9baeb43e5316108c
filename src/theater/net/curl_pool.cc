#include "theater/net/curl_pool.h"

#include <curl/curl.h>

#include <sys/epoll.h>

#include <utility>

namespace theater {

struct CurlPool::Hooks {
  static int on_socket(CURL*, curl_socket_t socket, int what, void* data, void*) {
    auto& pool = *static_cast<CurlPool*>(data);
    uint32_t events = 0;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EPOLLOUT;
    pool.watcher_.watch(pool, socket, events);
    return 0;
  }

  static int on_timer(CURLM*, long wait_ms, void* data) {
    auto& pool = *static_cast<CurlPool*>(data);
    pool.watcher_.set_timer(pool, wait_ms < 0 ? std::nullopt
                                              : std::optional(std::chrono::steady_clock::now() +
                                                              std::chrono::milliseconds(wait_ms)));
    return 0;
  }
};

CurlPool::CurlPool(std::string key, std::chrono::seconds idle_time, CurlPoolWatcher& watcher,
                   CurlSockets& sockets)
    : key_(std::move(key)),
      idle_time_(idle_time),
      watcher_(watcher),
      multi_(curl_multi_init()),
      share_(curl_share_init()),
      sockets_(sockets) {
  if (!is_good()) return;
  curl_share_setopt(static_cast<CURLSH*>(share_), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  auto* multi = static_cast<CURLM*>(multi_);
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, Hooks::on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, Hooks::on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kConnectionsKeptMax);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
}

CurlPool::~CurlPool() {
  // Handles and connections first: they may still use the share.
  handles_.clear();
  if (multi_ != nullptr) curl_multi_cleanup(multi_);
  if (share_ != nullptr) curl_share_cleanup(share_);
}

std::unique_ptr<CurlHandle> CurlPool::take_handle() {
  if (handles_.empty()) {
    return std::make_unique<CurlHandle>(CurlHandleHome{share_, &sockets_, idle_time_});
  }
  std::unique_ptr<CurlHandle> kept = std::move(handles_.back());
  handles_.pop_back();
  return kept;
}

void CurlPool::give_back(std::unique_ptr<CurlHandle> handle) {
  if (handles_.size() < kHandlesKeptMax && handle->end()) handles_.push_back(std::move(handle));
}

bool CurlPool::add(const CurlHandle& handle) {
  if (curl_multi_add_handle(multi_, handle.get()) != CURLM_OK) return false;
  // Begins at once rather than after the loop's next wait.
  time_ready();
  return true;
}

void CurlPool::remove(const CurlHandle& handle) {
  curl_multi_remove_handle(multi_, handle.get());
}

void CurlPool::socket_ready(int socket, uint32_t events) {
  int what = 0;
  if ((events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
  int running = 0;
  curl_multi_socket_action(multi_, socket, what, &running);
}

void CurlPool::time_ready() {
  int running = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

// A request that gets no socket: libcurl closes old connections before it makes a new one.
void CurlPool::sweep() {
  CURL* request = curl_easy_init();
  if (request == nullptr) return;
  auto no_socket = [](void*, curlsocktype, curl_sockaddr*) -> curl_socket_t {
    return CURL_SOCKET_BAD;
  };
  curl_easy_setopt(request, CURLOPT_URL, "http://127.0.0.1/");
  curl_easy_setopt(request, CURLOPT_PROXY, "");
  curl_easy_setopt(request, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(request, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(request, CURLOPT_MAXAGE_CONN, static_cast<long>(idle_time_.count()));
  curl_easy_setopt(request, CURLOPT_OPENSOCKETFUNCTION,
                   static_cast<curl_opensocket_callback>(no_socket));
  if (curl_multi_add_handle(multi_, request) == CURLM_OK) {
    time_ready();
    curl_multi_remove_handle(multi_, request);
  }
  curl_easy_cleanup(request);
}

std::optional<std::pair<CurlHandle*, int>> CurlPool::take_finished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CurlHandle* handle = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &handle);
    return std::pair(handle, static_cast<int>(message->data.result));
  }
  return std::nullopt;
}

const std::vector<IpAddress>* CurlPool::known(const std::string& host, Time now) {
  Known* found = names_.find(host);
  return found != nullptr && now < found->until ? &found->addresses : nullptr;
}

void CurlPool::keep(const std::string& host, std::vector<IpAddress> addresses, Time now) {
  names_.put(host, Known{std::move(addresses), now + kNameAgeMax});
}

}  // namespace theater
