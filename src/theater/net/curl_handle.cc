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

WebTransfer& transfer_of(void* data) {
  return *static_cast<WebTransfer*>(data);
}

size_t on_line(char* data, size_t size, size_t count, void* transfer) {
  return transfer_of(transfer).take_line({data, size * count}) ? size * count : 0;
}

size_t on_body(char* data, size_t size, size_t count, void* transfer) {
  switch (transfer_of(transfer).take_body(as_bytes({data, size * count}))) {
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

size_t on_read(char* data, size_t size, size_t count, void* transfer) {
  return transfer_of(transfer).give_body({data, size * count});
}

int on_seek(void* transfer, curl_off_t offset, int origin) {
  bool sought = origin == SEEK_SET && transfer_of(transfer).seek_body(offset);
  return sought ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

curl_socket_t on_open(void* handle, curlsocktype purpose, curl_sockaddr* address) {
  auto& [transfer, sockets] = *static_cast<CurlHandle::ForSockets*>(handle);
  auto known = ip_address_of(&address->addr);
  if (purpose != CURLSOCKTYPE_IPCXN || !known || !transfer->may_connect(*known)) {
    return CURL_SOCKET_BAD;
  }
  int made = ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                      address->protocol);
  if (made < 0) {
    transfer->note_no_socket(errno);
    return CURL_SOCKET_BAD;
  }
  if (!has_file_room(made, FileHolder::kGuest)) {
    ::close(made);
    transfer->note_no_socket(EMFILE);
    return CURL_SOCKET_BAD;
  }
  ++*sockets;
  return made;
}

int on_close(void* sockets, curl_socket_t number) {
  --*static_cast<size_t*>(sockets);
  return ::close(number);
}

int on_request(void* transfer, char* address, char*, int, int) {
  auto known = address != nullptr ? IpAddress::parse(address) : std::nullopt;
  return transfer_of(transfer).may_send(known) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

// The host is an address, which libcurl takes as it is, or one of set_addresses().
int on_lookup(void*, void*, void* transfer) {
  return IpAddress::parse(transfer_of(transfer).request().url.host) ? 0 : 1;
}

CURLcode on_tls(CURL*, void* context, void* store) {
  SSL_CTX_set1_cert_store(static_cast<SSL_CTX*>(context), static_cast<X509_STORE*>(store));
  return CURLE_OK;
}

void wipe(curl_slist* list) {
  for (curl_slist* one = list; one != nullptr; one = one->next)
    explicit_bzero(one->data, std::strlen(one->data));
  curl_slist_free_all(list);
}

}  // namespace

tl::expected<std::unique_ptr<CurlHandle>, WebFailure> CurlHandle::create(WebTransfer& transfer,
                                                                         CurlHandleHome home) {
  std::unique_ptr<CurlHandle> made(
      new CurlHandle(transfer, std::move(home)));  // tidy: owned by the unique_ptr around it
  auto refused = made->add_headers();
  if (refused) return tl::unexpected(*std::move(refused));
  return made;
}

CurlHandle::CurlHandle(WebTransfer& transfer, CurlHandleHome home)
    : transfer_(transfer),
      home_(std::move(home)),
      for_sockets_{&transfer, home_.sockets},
      easy_(curl_easy_init()) {
  if (easy_ == nullptr) {
    is_good_ = false;
    return;
  }
  set_policy();
  if (transfer_.request().url.scheme == Url::Scheme::kHttps) set_tls();
  set_request();
  set_addresses();
  set_callbacks();
}

CurlHandle::~CurlHandle() {
  curl_easy_cleanup(easy_);
  wipe(headers_);
  curl_slist_free_all(resolve_);
}

std::optional<WebFailure> CurlHandle::outcome(int code) const {
  if (code != CURLE_OK) return failure_of_curl(transfer_, code, detail_.data());
  if (transfer_.has_head()) return std::nullopt;
  // libcurl takes the end of a connection for the end of a head.
  return transfer_.failed(Kind::kCutOff, "the answer was cut off: its head is not whole");
}

int CurlHandle::resume() {
  transfer_.note_resumed();
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
  set(CURLOPT_FORBID_REUSE, home_.keeps_connection ? 0L : 1L);
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
  set(CURLOPT_SSL_CTX_FUNCTION, on_tls);
  set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(home_.trust.get()));
}

void CurlHandle::set_request() {
  const WebRequest& request = transfer_.request();
  bool is_https = request.url.scheme == Url::Scheme::kHttps;
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(is_https ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(CURLOPT_URL, request.url.to_string().c_str());
  set(CURLOPT_REQUEST_TARGET, request.url.target.c_str());
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
  const Url& url = transfer_.request().url;
  set(CURLOPT_DNS_CACHE_TIMEOUT, 60L);
  set(CURLOPT_RESOLVER_START_FUNCTION, on_lookup);
  set(CURLOPT_RESOLVER_START_DATA, &transfer_);
  if (IpAddress::parse(url.host)) return;
  std::string entry = fmt::format("+{}:{}:", url.host, url.port);
  for (const IpAddress& address : transfer_.addresses()) {
    if (!entry.ends_with(':')) entry += ',';
    entry += address.is_v4() ? address.to_string() : "[" + address.to_string() + "]";
  }
  resolve_ = curl_slist_append(nullptr, entry.c_str());
  if (resolve_ == nullptr) is_good_ = false;
  set(CURLOPT_RESOLVE, resolve_);
}

void CurlHandle::set_callbacks() {
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_HEADERFUNCTION, on_line);
  set(CURLOPT_HEADERDATA, &transfer_);
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, &transfer_);
  set(CURLOPT_READFUNCTION, on_read);
  set(CURLOPT_READDATA, &transfer_);
  set(CURLOPT_SEEKFUNCTION, on_seek);
  set(CURLOPT_SEEKDATA, &transfer_);
  set(CURLOPT_OPENSOCKETFUNCTION, on_open);
  set(CURLOPT_OPENSOCKETDATA, &for_sockets_);
  set(CURLOPT_CLOSESOCKETFUNCTION, on_close);
  set(CURLOPT_CLOSESOCKETDATA, home_.sockets);
  set(CURLOPT_PREREQFUNCTION, on_request);
  set(CURLOPT_PREREQDATA, &transfer_);
}

std::optional<WebFailure> CurlHandle::add_headers() {
  auto headers = transfer_.headers_at_wire();
  if (!headers) {
    bool is_invalid = headers.error().code() == ErrorCode::kInvalidArgument;
    return transfer_.failed(is_invalid ? Kind::kInvalid : Kind::kDenied, "{}",
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
  return transfer_.failed(Kind::kNoRoom, "libcurl cannot prepare it; try later");
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
