#include "theater/net/web_transfer.h"

#include "theater/net/answer_head.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace theater {

namespace {

using Kind = WebFailure::Kind;

// https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
bool is_safe_method(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

std::optional<WebTransfer::Time> end_of_all(const WebBounds& bounds, WebTransfer::Time began) {
  return bounds.total_time.count() > 0 ? std::optional(began + bounds.total_time) : std::nullopt;
}

}  // namespace

WebTransfer::WebTransfer(WebRequestId id, std::shared_ptr<const WebRequest> request,
                         std::shared_ptr<WebReceiver> receiver, Time began, WebTransferHome home)
    : id_(id),
      request_(std::move(request)),
      receiver_(std::move(receiver)),
      home_(home),
      total_end_(end_of_all(request_->bounds, began)),
      head_(request_->bounds.head_bytes_max) {
  enter(Phase::kLookup, began + request_->bounds.connect_time);
}

WebTransfer::~WebTransfer() {
  home_.deadlines.clear(this);
}

std::optional<WebFailure> WebTransfer::check() const {
  auto checked = check_web_request(request_->method, request_->headers);
  if (!checked) return failed(Kind::kInvalid, "{}", checked.error().message());
  if (request_->method == "HEAD" && body_size() > 0) {
    return failed(Kind::kInvalid, "a HEAD request has no body; leave it out, or use GET");
  }
  return std::nullopt;
}

bool WebTransfer::allows(const IpAddress& address) {
  AddressKind kind = home_.addresses.kind(address);
  if (kind == AddressKind::kPublic) return true;
  if (request_->allows_address && request_->allows_address(request_->url, address)) return true;
  noted_ = failed(Kind::kDenied, "{}", private_address_refusal(address, kind));
  return false;
}

std::optional<WebFailure> WebTransfer::choose(const std::vector<IpAddress>& found) {
  for (const IpAddress& address : found) {
    if (addresses_.size() < kHostAddressesMax && allows(address)) addresses_.push_back(address);
  }
  auto refused = std::exchange(noted_, std::nullopt);
  if (addresses_.empty()) {
    return refused ? std::move(refused)
                   : failed(Kind::kLookup, "its host has no address; check its name");
  }
  phase_ = Phase::kConnect;
  return std::nullopt;
}

Result<HttpHeaders> WebTransfer::headers_at_wire() const {
  HttpHeaders headers = request_->headers;
  if (request_->at_wire) {
    THEATER_TRY_VOID(request_->at_wire(request_->method, request_->url, headers));
    THEATER_TRY_VOID(check_web_request(request_->method, headers));
  }
  return headers;
}

bool WebTransfer::may_connect(const IpAddress& address) {
  return allows(address);
}

void WebTransfer::note_no_socket(int error) {
  // Without IPv6, say, another address of the host may do.
  bool is_bound = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
  if (!is_bound) return;
  noted_ = failed(Kind::kNoRoom, "there is no socket for it: {}; try later", std::strerror(error));
}

bool WebTransfer::may_send(const std::optional<IpAddress>& address) {
  if (!address) {
    noted_ = failed(Kind::kDenied, "the address of its connection is not known");
    return false;
  }
  if (!allows(*address)) return false;
  if (sent_ > 0 && !is_safe_method(request_->method)) {
    noted_ = failed(Kind::kCutOff,
                    "the server closed the connection before it answered, and may have acted on "
                    "the request; find out before you repeat it");
    return false;
  }
  ++sent_;
  body_given_ = 0;
  auto end = std::chrono::steady_clock::now() + request_->bounds.head_time;
  enter(body_size() == 0 ? Phase::kHead : Phase::kSend, end);
  return true;
}

size_t WebTransfer::give_body(std::span<char> out) {
  size_t size = std::min(out.size(), body_size() - body_given_);
  if (size == 0) return 0;
  std::memcpy(out.data(), request_->body->data() + body_given_, size);
  body_given_ += size;
  if (phase_ == Phase::kSend) {
    auto end = std::chrono::steady_clock::now() + request_->bounds.head_time;
    enter(body_given_ == body_size() ? Phase::kHead : Phase::kSend, end);
  }
  return size;
}

bool WebTransfer::seek_body(int64_t offset) {
  if (offset < 0 || static_cast<uint64_t>(offset) > body_size()) return false;
  body_given_ = static_cast<size_t>(offset);
  return true;
}

bool WebTransfer::take_line(std::string_view line) {
  bool had_head = head_.is_whole();
  Result<void> fed = head_.feed(line);
  if (!fed) {
    bool is_large = fed.error().code() == ErrorCode::kResourceExhausted;
    noted_ = failed(is_large ? Kind::kTooLarge : Kind::kProtocol, "the answer {}",
                    fed.error().message());
    return false;
  }
  return had_head || !head_.is_whole() || end_head();
}

bool WebTransfer::end_head() {
  bool has_body = request_->method != "HEAD" && !has_no_body(head_.status());
  phase_ = Phase::kBody;
  phase_end_.reset();
  set_deadline();
  WebHead head = head_.take();
  head.ends_with_connection =
      has_body && !head_.length() && !head_.is_chunked() && !head_.marks_ends();
  receiver_->head(std::move(head));
  if (has_body && head_.length().value_or(0) > request_->bounds.body_bytes_max) {
    noted_ = failed(Kind::kTooLarge, "its {} bytes are larger than {} bytes, the most that is read",
                    *head_.length(), request_->bounds.body_bytes_max);
    return false;
  }
  return true;
}

WebTransfer::Taken WebTransfer::take_body(ByteView bytes) {
  if (bytes.empty()) return Taken::kAll;
  if (!head_.is_whole()) {
    noted_ = failed(Kind::kProtocol, "the answer is no valid HTTP: its body comes before its head");
    return Taken::kFailed;
  }
  if (bytes.size() > request_->bounds.body_bytes_max - body_taken_) {
    noted_ = failed(Kind::kTooLarge, "it is larger than {} bytes, the most that is read",
                    request_->bounds.body_bytes_max);
    return Taken::kFailed;
  }
  if (!receiver_->data(bytes)) {
    is_paused_ = true;
    return Taken::kNone;
  }
  body_taken_ += bytes.size();
  return Taken::kAll;
}

WebFailure WebTransfer::late(Time now) const {
  const WebBounds& bounds = request_->bounds;
  if (total_end_ && *total_end_ <= now) {
    return failed(
        Kind::kTimeout,
        "the answer took too long: it was not whole after {} ms; try later, or allow more "
        "time",
        bounds.total_time.count());
  }
  switch (phase_) {
    case Phase::kLookup:
      return failed(Kind::kTimeout,
                    "looking up its host took too long: more than {} ms; check the name server",
                    bounds.connect_time.count());
    case Phase::kConnect:
      return failed(Kind::kTimeout, "connecting took too long: more than {} ms; try later",
                    bounds.connect_time.count());
    case Phase::kSend:
      return failed(Kind::kTimeout,
                    "sending took too long: the server took nothing for {} ms; try later",
                    bounds.head_time.count());
    case Phase::kHead:
    case Phase::kBody:
      break;
  }
  return failed(Kind::kTimeout,
                "the answer took too long: none began within {} ms; try later, or allow more time",
                bounds.head_time.count());
}

WebFailure WebTransfer::failed_text(Kind kind, const std::string& what) const {
  return {kind, fmt::format("{}: {}", url_for_messages(request_->url), what), sent_ > 0};
}

void WebTransfer::enter(Phase phase, Time phase_end) {
  phase_ = phase;
  phase_end_ = phase_end;
  set_deadline();
}

void WebTransfer::set_deadline() {
  if (phase_end_ && total_end_) {
    home_.deadlines.set(this, std::min(*phase_end_, *total_end_));
  } else if (phase_end_ || total_end_) {
    home_.deadlines.set(this, phase_end_ ? *phase_end_ : *total_end_);
  } else {
    home_.deadlines.clear(this);
  }
}

}  // namespace theater
