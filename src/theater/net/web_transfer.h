// One request of a WebClient from start() to over(): the rules that hold for it, without libcurl.
//
// libcurl's callbacks (curl_handle.h) come here. A transfer decides which addresses may be reached,
// how far the request is, until when it may take, and what its receiver hears.
#pragma once

#include "theater/net/address_check.h"
#include "theater/net/deadlines.h"
#include "theater/net/web_head_reader.h"
#include "theater/net/web_request.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace theater {

class WebTransfer;

// Belongs to the client's thread, as all that it names.
struct WebTransferHome {
  AddressCheck& addresses;
  Deadlines<WebTransfer*>& deadlines;
};

// For the client's thread.
class WebTransfer {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Phase : uint8_t {
    kLookup,   // The host's name has no address yet.
    kConnect,  // No connection yet.
    kSend,     // The request has not left as a whole.
    kHead,     // The answer's head has not ended.
    kBody,
  };

  // Its times count from `began`. Sets its deadline.
  WebTransfer(WebRequestId id, std::shared_ptr<const WebRequest> request,
              std::shared_ptr<WebReceiver> receiver, Time began, WebTransferHome home);
  ~WebTransfer();
  WebTransfer(const WebTransfer&) = delete;
  WebTransfer& operator=(const WebTransfer&) = delete;

  WebRequestId id() const { return id_; }
  const WebRequest& request() const { return *request_; }

  // Why the request cannot be sent at all, if so.
  std::optional<WebFailure> check() const;

  // Keeps those addresses of the host that may be reached; why not, if there is none.
  std::optional<WebFailure> choose(const std::vector<IpAddress>& found);
  const std::vector<IpAddress>& addresses() const { return addresses_; }
  // The headers as they go out, after the caller's last word; why not, if it refuses.
  Result<HttpHeaders> headers_at_wire() const;

  // Whether a connection to this address may begin.
  bool may_connect(const IpAddress& address);
  // A socket could not be made, with this errno.
  void note_no_socket(int error);
  // Whether the request may now be sent on a connection to this address. The head goes out when
  // this has returned true. libcurl asks again if it would repeat a request whose connection ended
  // before the first byte of an answer; only safe methods are repeated.
  bool may_send(const std::optional<IpAddress>& address);
  // Copies the next bytes of the body.
  size_t give_body(std::span<char> out);
  // Continues with the body from there; false if it is not so long.
  bool seek_body(int64_t offset);

  // A line of the answer's heads; false if the transfer must end.
  bool take_line(std::string_view line);
  enum class Taken : uint8_t { kAll, kNone, kFailed };
  // A part of the answer's body.
  Taken take_body(ByteView bytes);
  bool is_paused() const { return is_paused_; }
  void note_resumed() { is_paused_ = false; }

  // Why the transfer is late at `now`, which its deadline has reached.
  WebFailure late(Time now) const;
  // A failure of this transfer, with the URL before `what`.
  template <class... Args>
  WebFailure failed(WebFailure::Kind kind, fmt::format_string<Args...> what, Args&&... args) const {
    return failed_text(kind, fmt::format(what, std::forward<Args>(args)...));
  }
  // What a callback has noted as the reason for an end.
  const std::optional<WebFailure>& noted() const { return noted_; }
  Phase phase() const { return phase_; }
  bool has_head() const { return phase_ == Phase::kBody; }

  void tell_over(std::optional<WebFailure> why) { receiver_->over(std::move(why)); }

 private:
  WebFailure failed_text(WebFailure::Kind kind, const std::string& what) const;
  void set_deadline();
  void enter(Phase phase, Time phase_end);
  bool allows(const IpAddress& address);
  bool end_head();
  size_t body_size() const { return request_->body != nullptr ? request_->body->size() : 0; }

  const WebRequestId id_;
  const std::shared_ptr<const WebRequest> request_;  // Shared with the caller.
  // Shared with the caller, which may be gone before the request is over.
  const std::shared_ptr<WebReceiver> receiver_;
  const WebTransferHome home_;
  const std::optional<Time> total_end_;
  std::optional<Time> phase_end_;
  Phase phase_ = Phase::kLookup;
  std::vector<IpAddress> addresses_;
  int sent_ = 0;  // Times that the request was begun on a connection.
  size_t body_given_ = 0;
  WebHeadReader head_;
  uint64_t body_taken_ = 0;
  bool is_paused_ = false;
  std::optional<WebFailure> noted_;
};

}  // namespace theater
