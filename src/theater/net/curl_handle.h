// libcurl's handle for requests, one at a time: its options, and its callbacks, which go to the
// WebTransfer.
//
// The options take away all that libcurl would do by itself: lookups of names, redirections,
// proxies, cookies, .netrc, credentials, other protocols, decompression, and headers that the
// caller did not ask for.
//
// A handle is made once and serves one request after the other, because making one costs as much as
// a request. Every option that depends on a request is set for each. A handle whose headers may have
// had a secret serves no other request: libcurl may keep what it has sent until it goes.
#pragma once

#include "theater/net/trust_stores.h"
#include "theater/net/web_transfer.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

struct curl_slist;

namespace theater {

// Hears of the sockets of all connections. Outlives every connection.
class CurlSockets {
 public:
  virtual ~CurlSockets() = default;
  virtual void opened(int socket) = 0;
  // Called before the socket is closed.
  virtual void closing(int socket) = 0;
};

// What handles of one pool share.
struct CurlHandleHome {
  void* share = nullptr;  // CURLSH of the pool: sessions of TLS.
  CurlSockets* sockets = nullptr;
  std::chrono::seconds idle_time{60};  // A connection that was idle for longer is not used.
};

// What depends on a request besides its transfer.
struct CurlHandleUse {
  TrustStores::Store trust;      // Null for http.
  bool keeps_connection = true;  // Whether others may use the connection after this request.
};

// For the client's thread.
class CurlHandle {
 public:
  explicit CurlHandle(CurlHandleHome home);
  // Must be out of its pool. Wipes the headers.
  ~CurlHandle();
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;

  // Makes it ready for the transfer, which has addresses and stays until end(). Why that cannot be,
  // if so: then the handle must go.
  std::optional<WebFailure> begin(WebTransfer& transfer, CurlHandleUse use);
  // The answer has come as a whole.
  void note_whole() { is_whole_ = true; }
  // The transfer is over, and the handle out of its pool. Returns whether it may serve another one.
  bool end();

  // CURL*.
  void* get() const { return easy_; }
  WebTransfer& transfer() const { return *transfer_; }
  // What the transfer ends with, when libcurl has ended with this CURLcode.
  std::optional<WebFailure> outcome(int code) const;
  // Continues after WebTransfer::Taken::kNone; may call the transfer before it returns. The
  // CURLcode is an end of the transfer, unless it is CURLE_OK.
  int resume();

 private:
  struct Hooks;

  template <class Value>
  void set(int option, Value value);
  void set_policy();
  void set_tls();
  void set_callbacks();
  void set_request();
  void set_addresses();
  void add_header(const std::string& line);
  std::optional<WebFailure> add_headers();
  void drop_lists();

  const CurlHandleHome home_;
  void* const easy_;
  bool is_good_ = true;  // Every option was taken.
  WebTransfer* transfer_ = nullptr;
  CurlHandleUse use_;
  bool is_whole_ = false;
  curl_slist* headers_ = nullptr;
  curl_slist* resolve_ = nullptr;
  std::array<char, 256> detail_{};  // CURL_ERROR_SIZE.
};

}  // namespace theater
