// libcurl's handle of one request: its options, and its callbacks, which go to the WebTransfer.
//
// The options take away all that libcurl would do by itself: lookups of names, redirections,
// proxies, cookies, .netrc, credentials, other protocols, decompression, and headers that the
// caller did not ask for.
#pragma once

#include "theater/net/trust_stores.h"
#include "theater/net/web_transfer.h"

#include <tl/expected.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

struct curl_slist;

namespace theater {

// What handles of one pool share.
struct CurlHandleHome {
  void* share = nullptr;               // CURLSH of the pool: sessions of TLS.
  size_t* sockets = nullptr;           // Open sockets of the client. Outlives every connection.
  TrustStores::Store trust;            // Null for http.
  bool keeps_connection = true;        // Whether others may use the connection after this request.
  std::chrono::seconds idle_time{60};  // A connection that was idle for longer is not used.
};

// For the client's thread.
class CurlHandle {
 public:
  // `transfer` has addresses, and outlives the handle. Fails with what the transfer must end with.
  static tl::expected<std::unique_ptr<CurlHandle>, WebFailure> create(WebTransfer& transfer,
                                                                      CurlHandleHome home);
  // Must be out of its pool. Wipes the headers.
  ~CurlHandle();
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;

  // What a callback for a new socket gets.
  struct ForSockets {
    WebTransfer* transfer;
    size_t* sockets;
  };

  // CURL*.
  void* get() const { return easy_; }
  WebTransfer& transfer() const { return transfer_; }
  // What the transfer ends with, when libcurl has ended with this CURLcode.
  std::optional<WebFailure> outcome(int code) const;
  // Continues after WebTransfer::Taken::kNone; may call the transfer before it returns. The
  // CURLcode is an end of the transfer, unless it is CURLE_OK.
  int resume();

 private:
  CurlHandle(WebTransfer& transfer, CurlHandleHome home);

  template <class Value>
  void set(int option, Value value);
  void set_policy();
  void set_tls();
  void set_request();
  void set_addresses();
  void set_callbacks();
  void add_header(const std::string& line);
  std::optional<WebFailure> add_headers();

  WebTransfer& transfer_;
  const CurlHandleHome home_;
  ForSockets for_sockets_;
  void* const easy_;
  bool is_good_ = true;  // Every option was taken.
  curl_slist* headers_ = nullptr;
  curl_slist* resolve_ = nullptr;
  std::array<char, 256> detail_{};  // CURL_ERROR_SIZE.
};

}  // namespace theater
