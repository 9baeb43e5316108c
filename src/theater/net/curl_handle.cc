#include "theater/net/curl_handle.h"

#include "theater/base/open_files.h"
#include "theater/net/curl_failure.h"

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

namespace theater {

namespace {

using Kind = WebFailure::Kind;

void wipe(curl_slist* list) {
  for (curl_slist* one = list; one != nullptr; one = one->next)
    explicit_bzero(one->data, std::strlen(one->data));
  curl_slist_free_all(list);
}

}  // namespace

// libcurl's callbacks. Each gets the handle, but for on_close().
struct CurlHandle::Hooks {
  static CurlHandle& handle_of(void* data) { return *static_cast<CurlHandle*>(data); }
  static WebTransfer& transfer_of(void* data) { return *handle_of(data).transfer_; }

  static size_t on_line(char* data, size_t size, size_t count, void* handle) {
    return transfer_of(handle).take_line({data, size * count}) ? size * count : 0;
  }

  static size_t on_body(char* data, size_t size, size_t count, void* handle) {
    switch (transfer_of(handle).take_body(as_bytes({data, size * count}))) {
      case WebTransfer::Taken::kAll:
        return size * count;
      case WebTransfer::Taken::kNone:
        return CURL_WRITEFUNC_PAUSE;
      case WebTransfer::Taken::kFailed:
        break;
    }
    // Less than was offered: an error.
    return size * count == 0 ? 1 : 0;
  }

  static size_t on_read(char* data, size_t size, size_t count, void* handle) {
    return transfer_of(handle).give_body({data, size * count});
  }

  static int on_seek(void* handle, curl_off_t offset, int origin) {
    bool sought = origin == SEEK_SET && transfer_of(handle).seek_body(offset);
    return sought ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
  }

  static curl_socket_t on_open(void* data, curlsocktype purpose, curl_sockaddr* address) {
    CurlHandle& handle = handle_of(data);
    WebTransfer& transfer = *handle.transfer_;
    auto known = ip_address_of(&address->addr);
    if (purpose != CURLSOCKTYPE_IPCXN || !known || !transfer.may_connect(*known)) {
      return CURL_SOCKET_BAD;
    }
    int made = ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                        address->protocol);
    if (made < 0) {
      transfer.note_no_socket(errno);
      return CURL_SOCKET_BAD;
    }
    if (!has_file_room(made, FileHolder::kGuest)) {
      ::close(made);
      transfer.note_no_socket(EMFILE);
      return CURL_SOCKET_BAD;
    }
    handle.home_.sockets->opened(made);
    return made;
  }

  // The connection may outlive the handle.
  static int on_close(void* sockets, curl_socket_t number) {
    static_cast<CurlSockets*>(sockets)->closing(number);
    return ::close(number);
  }

  static int on_request(void* handle, char* address, char*, int, int) {
    auto known = address != nullptr ? IpAddress::parse(address) : std::nullopt;
    return transfer_of(handle).may_send(known) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
  }

  // The host is an address, which libcurl takes as it is, or one of set_addresses().
  static int on_lookup(void*, void*, void* handle) {
    return IpAddress::parse(transfer_of(handle).request().url.host) ? 0 : 1;
  }

  static CURLcode on_tls(CURL*, void* context, void* handle) {
    SSL_CTX_set1_cert_store(static_cast<SSL_CTX*>(context), handle_of(handle).use_.trust.get());
    return CURLE_OK;
  }
};

CurlHandle::CurlHandle(CurlHandleHome home) : home_(home), easy_(curl_easy_init()) {
  if (easy_ == nullptr) {
    is_good_ = false;
    return;
  }
  set_policy();
  set_tls();
  set_callbacks();
}

CurlHandle::~CurlHandle() {
  curl_easy_cleanup(easy_);
  drop_lists();
}

std::optional<WebFailure> CurlHandle::begin(WebTransfer& transfer, CurlHandleUse use) {
  transfer_ = &transfer;
  use_ = std::move(use);
  is_whole_ = false;
  detail_.front() = '\0';
  if (is_good_) {
    set_request();
    set_addresses();
  }
  return add_headers();
}

bool CurlHandle::end() {
  bool had_secrets = static_cast<bool>(transfer_->request().at_wire);
  transfer_ = nullptr;
  if (!is_whole_ || had_secrets) return false;
  use_ = {};
  set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  set(CURLOPT_RESOLVE, static_cast<curl_slist*>(nullptr));
  drop_lists();
  return is_good_;
}

void CurlHandle::drop_lists() {
  wipe(std::exchange(headers_, nullptr));
  curl_slist_free_all(std::exchange(resolve_, nullptr));
}

std::optional<WebFailure> CurlHandle::outcome(int code) const {
  if (code != CURLE_OK) return failure_of_curl(*transfer_, code, detail_.data());
  if (transfer_->has_head()) return std::nullopt;
  // libcurl takes the end of a connection for the end of a head.
  return transfer_->failed(Kind::kCutOff, "the answer was cut off: its head is not whole");
}

int CurlHandle::resume() {
  transfer_->note_resumed();
  return curl_easy_pause(easy_, CURLPAUSE_CONT);
}

template <class Value>
void CurlHandle::set(int option, Value value) {
  if (curl_easy_setopt(easy_, static_cast<CURLoption>(option), value) != CURLE_OK) is_good_ = false;
}

// libcurl's defaults that would do more than was asked.
void CurlHandle::set_policy() {
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  // Also keeps the variables of the environment out.
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  // The deadlines of the transfer come first.
  constexpr long kLongerThanAnyDeadlineMs = 1'000'000'000;
  set(CURLOPT_CONNECTTIMEOUT_MS, kLongerThanAnyDeadlineMs);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_MAXAGE_CONN, static_cast<long>(home_.idle_time.count()));
  set(CURLOPT_SHARE, home_.share);
  set(CURLOPT_ERRORBUFFER, detail_.data());
  static_assert(std::tuple_size_v<decltype(detail_)> == CURL_ERROR_SIZE);
}

void CurlHandle::set_tls() {
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  // The authorities come from on_tls(), and libcurl must not keep those of an earlier connection.
  set(CURLOPT_CAINFO, static_cast<char*>(nullptr));
  set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  set(CURLOPT_CA_CACHE_TIMEOUT, 0L);
  set(CURLOPT_SSL_CTX_FUNCTION, Hooks::on_tls);
  set(CURLOPT_SSL_CTX_DATA, this);
}

void CurlHandle::set_request() {
  const WebRequest& request = transfer_->request();
  set(CURLOPT_FORBID_REUSE, use_.keeps_connection ? 0L : 1L);
  bool is_https = request.url.scheme == Url::Scheme::kHttps;
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(is_https ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(CURLOPT_URL, request.url.to_string().c_str());
  set(CURLOPT_REQUEST_TARGET, request.url.target.c_str());
  // Neither a body nor HEAD, as an earlier request may have had.
  set(CURLOPT_HTTPGET, 1L);
  size_t size = request.body != nullptr ? request.body->size() : 0;
  bool states_length =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH" || size > 0;
  if (states_length) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
  }
  if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

// libcurl gets the addresses that were checked, for a while that is longer than it takes to begin.
void CurlHandle::set_addresses() {
  const Url& url = transfer_->request().url;
  if (IpAddress::parse(url.host)) return;
  std::string entry = fmt::format("+{}:{}:", url.host, url.port);
  for (const IpAddress& address : transfer_->addresses()) {
    if (!entry.ends_with(':')) entry += ',';
    entry += address.is_v4() ? address.to_string() : "[" + address.to_string() + "]";
  }
  resolve_ = curl_slist_append(nullptr, entry.c_str());
  if (resolve_ == nullptr) is_good_ = false;
  set(CURLOPT_RESOLVE, resolve_);
}

void CurlHandle::set_callbacks() {
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_DNS_CACHE_TIMEOUT, 60L);
  set(CURLOPT_RESOLVER_START_FUNCTION, Hooks::on_lookup);
  set(CURLOPT_RESOLVER_START_DATA, this);
  set(CURLOPT_HEADERFUNCTION, Hooks::on_line);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, Hooks::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_READFUNCTION, Hooks::on_read);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_SEEKFUNCTION, Hooks::on_seek);
  set(CURLOPT_SEEKDATA, this);
  set(CURLOPT_OPENSOCKETFUNCTION, Hooks::on_open);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_CLOSESOCKETFUNCTION, Hooks::on_close);
  set(CURLOPT_CLOSESOCKETDATA, home_.sockets);
  set(CURLOPT_PREREQFUNCTION, Hooks::on_request);
  set(CURLOPT_PREREQDATA, this);
}

std::optional<WebFailure> CurlHandle::add_headers() {
  auto headers = transfer_->headers_at_wire();
  if (!headers) {
    bool is_invalid = headers.error().code() == ErrorCode::kInvalidArgument;
    return transfer_->failed(is_invalid ? Kind::kInvalid : Kind::kDenied, "{}",
                             headers.error().message());
  }
  for (const HttpHeader& header : *headers) {
    // `Name:` alone would take a header of libcurl's away; `Name;` is its form of an empty value.
    std::string line = header.name;
    line.append(header.value.empty() ? ";" : ": ").append(header.value);
    add_header(line);
    explicit_bzero(line.data(), line.size());
  }
  if (!headers->find("Accept")) add_header("Accept:");
  if (!headers->find("Accept-Encoding")) add_header("Accept-Encoding: identity");
  if (!headers->find("User-Agent")) add_header("User-Agent: theater");
  add_header("Expect:");
  headers->wipe_values();
  if (is_good_) set(CURLOPT_HTTPHEADER, headers_);
  if (is_good_) return std::nullopt;
  return transfer_->failed(Kind::kNoRoom, "libcurl cannot prepare it; try later");
}

void CurlHandle::add_header(const std::string& line) {
  curl_slist* longer = curl_slist_append(headers_, line.c_str());
  if (longer == nullptr) {
    is_good_ = false;
  } else {
    headers_ = longer;
  }
}

}  // namespace theater
