#include "theater/net/fetch.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace theater {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using TimePoint = std::chrono::steady_clock::time_point;

constexpr uint32_t kHeaderBytesMax = 32u << 10;

bool is_redirection(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// One GET of one URL, on one connection.
class Exchange {
 public:
  using Response = http::response<http::vector_body<uint8_t>>;

  Exchange(const Url& url, const FetchOptions& options, TimePoint end)
      : url_(url), options_(options), end_(end), socket_(io_) {}

  Result<Response> run() {
    connect_end_ = std::min(end_, std::chrono::steady_clock::now() + options_.connect_time);
    auto endpoints = THEATER_TRY(allowed_endpoints());
    THEATER_TRY_VOID(connect(endpoints));
    if (url_.scheme == Url::Scheme::kHttp) return exchange(socket_);
    ssl::context context(ssl::context::tls_client);
    THEATER_TRY_VOID(prepare(context));
    ssl::stream<Tcp::socket&> stream(socket_, context);
    THEATER_TRY_VOID(shake_hands(stream));
    return exchange(stream);
  }

 private:
  // Starts an operation and runs it until it is over or `end` has come, which is an error too.
  template <class Start>
  error_code await(TimePoint end, Start start) {
    std::optional<error_code> outcome;
    start([&](error_code error, const auto&...) { outcome = error; });
    io_.restart();
    // Whatever is posted makes the loop look again.
    std::stop_callback wake(options_.stop, [this] { asio::post(io_, [] {}); });
    while (!outcome && !options_.stop.stop_requested() && io_.run_one_until(end) > 0) {
    }
    if (outcome) return *outcome;
    error_code ignored;
    socket_.close(ignored);
    while (!outcome && io_.run_one() > 0) {
    }
    return options_.stop.stop_requested() ? asio::error::operation_aborted : asio::error::timed_out;
  }

  template <class... Args>
  Failure failed(ErrorCode code, fmt::format_string<Args...> what, Args&&... args) const {
    return fail(code, "reading {}: {}", url_.to_string(),
                fmt::format(what, std::forward<Args>(args)...));
  }

  Failure network_failure(std::string_view doing, error_code error) const {
    if (error == asio::error::timed_out) {
      return failed(ErrorCode::kUnavailable, "{} took too long", doing);
    }
    if (error == asio::error::operation_aborted) {
      return failed(ErrorCode::kCancelled, "it is not wanted any more");
    }
    return failed(ErrorCode::kUnavailable, "{} failed: {}", doing, error.message());
  }

  // The addresses of the host that may be connected to.
  Result<std::vector<Tcp::endpoint>> allowed_endpoints() {
    auto found = look_up(url_.host, options_.resolver, connect_end_, options_.stop);
    if (!found) {
      bool is_late = found.error().code() == ErrorCode::kDeadlineExceeded;
      return failed(is_late ? ErrorCode::kUnavailable : found.error().code(), "{}",
                    found.error().message());
    }
    std::vector<Tcp::endpoint> allowed;
    std::string refused;
    for (const IpAddress& address : *found) {
      AddressKind kind = address.kind();
      if (kind == AddressKind::kPublic ||
          (options_.allows_address && options_.allows_address(url_, address))) {
        allowed.emplace_back(asio::ip::make_address(address.to_string()), url_.port);
      } else if (refused.empty()) {
        refused = fmt::format("{}, which is {}", address.to_string(), address_kind_name(kind));
      }
    }
    if (!allowed.empty()) return allowed;
    if (refused.empty()) return failed(ErrorCode::kNotFound, "its host has no address");
    return failed(ErrorCode::kPermissionDenied,
                  "its host has the address {}, and only what is public may be read", refused);
  }

  Result<void> connect(const std::vector<Tcp::endpoint>& endpoints) {
    error_code error = await(connect_end_, [&](auto then) {
      asio::async_connect(socket_, endpoints,
                          [then](error_code e, const Tcp::endpoint&) { then(e); });
    });
    if (error) return network_failure("connecting", error);
    return {};
  }

  Result<void> prepare(ssl::context& context) const {
    error_code error;
    context.set_options(
        ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
        error);
    if (!error) context.set_default_verify_paths(error);
    if (!error && !options_.authorities.empty()) {
      context.load_verify_file(options_.authorities.string(), error);
    }
    if (error) return network_failure("reading the certificates of authorities", error);
    return {};
  }

  Result<void> shake_hands(ssl::stream<Tcp::socket&>& stream) {
    error_code error;
    stream.set_verify_mode(ssl::verify_peer, error);
    if (!error) stream.set_verify_callback(ssl::host_name_verification(url_.host), error);
    if (error) return network_failure("preparing TLS", error);
    if (!IpAddress::parse(url_.host) &&
        SSL_set_tlsext_host_name(stream.native_handle(), url_.host.c_str()) != 1) {
      return failed(ErrorCode::kInvalidArgument, "the host's name cannot be sent");
    }
    error = await(connect_end_, [&](auto then) {
      stream.async_handshake(ssl::stream_base::client, [then](error_code e) { then(e); });
    });
    long verified = SSL_get_verify_result(stream.native_handle());
    if (error && verified != X509_V_OK) {
      return failed(ErrorCode::kInvalidArgument, "the certificate of `{}` is not valid: {}",
                    url_.host, X509_verify_cert_error_string(verified));
    }
    if (error) return network_failure("the TLS handshake", error);
    return {};
  }

  template <class Stream>
  Result<Response> exchange(Stream& stream) {
    http::request<http::empty_body> request{http::verb::get, url_.target, 11};
    request.set(http::field::host, url_.authority());
    request.set(http::field::user_agent, "theater");
    request.set(http::field::accept, "*/*");
    request.set(http::field::accept_encoding, "identity");
    request.set(http::field::connection, "close");
    error_code error = await(end_, [&](auto then) {
      http::async_write(stream, request, [then](error_code e, size_t) { then(e); });
    });
    if (error) return network_failure("asking", error);

    boost::beast::flat_buffer buffer;
    http::response_parser<http::vector_body<uint8_t>> parser;
    parser.header_limit(kHeaderBytesMax);
    parser.body_limit(options_.size_max);
    error = await(end_, [&](auto then) {
      http::async_read_header(stream, buffer, parser, [then](error_code e, size_t) { then(e); });
    });
    if (error) return read_failure(error);
    // What a redirection or a refusal has to say is of no interest.
    if (parser.get().result_int() != 200) return parser.release();
    if (parser.need_eof()) {
      return failed(ErrorCode::kCorrupt,
                    "the server does not say how long it is, so that nobody would see if it was "
                    "cut off");
    }
    error = await(end_, [&](auto then) {
      http::async_read(stream, buffer, parser, [then](error_code e, size_t) { then(e); });
    });
    if (error) return read_failure(error);
    return parser.release();
  }

  Failure read_failure(error_code error) const {
    if (error == http::error::body_limit) {
      return failed(ErrorCode::kResourceExhausted, "it is larger than {} bytes", options_.size_max);
    }
    bool cut_off = error == http::error::partial_message || error == http::error::end_of_stream ||
                   error == ssl::error::stream_truncated || error == asio::error::eof ||
                   error == asio::error::connection_reset;
    if (cut_off) return failed(ErrorCode::kCorrupt, "the answer was cut off");
    if (error == asio::error::timed_out || error == asio::error::operation_aborted) {
      return network_failure("the answer", error);
    }
    return failed(ErrorCode::kCorrupt, "the answer is no valid HTTP: {}", error.message());
  }

  const Url& url_;
  const FetchOptions& options_;
  TimePoint end_;
  TimePoint connect_end_;
  asio::io_context io_{1};
  Tcp::socket socket_;
};

Failure bad_status(const Url& url, unsigned status) {
  bool gone = status == 404 || status == 410;
  return fail(gone ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
              "reading {}: the server answers with status {}", url.to_string(), status);
}

Result<Url> redirected(const Url& from, std::string_view location) {
  Url to =
      THEATER_TRY_CONTEXT(resolve_location(from, location), "{} leads elsewhere", from.to_string());
  if (from.scheme == Url::Scheme::kHttps && to.scheme == Url::Scheme::kHttp) {
    return fail(ErrorCode::kPermissionDenied,
                "{} leads to {}, where anybody on the way could exchange it", from.to_string(),
                to.to_string());
  }
  return to;
}

}  // namespace

Result<Fetched> fetch(const Url& url, const FetchOptions& options) {
  TimePoint end = std::chrono::steady_clock::now() + options.total_time;
  Url at = url;
  for (int redirects = 0; redirects <= options.redirects_max; ++redirects) {
    if (options.check_url) THEATER_TRY_VOID(options.check_url(at));
    auto response = THEATER_TRY(Exchange(at, options, end).run());
    if (is_redirection(response.result_int())) {
      auto location = response[http::field::location];
      at = THEATER_TRY(redirected(at, {location.data(), location.size()}));
      continue;
    }
    if (response.result_int() != 200) return bad_status(at, response.result_int());
    auto encoding = response[http::field::content_encoding];
    if (!encoding.empty() && encoding != "identity") {
      return fail(ErrorCode::kCorrupt, "reading {}: it is encoded as `{}`, which was not asked for",
                  at.to_string(), std::string_view(encoding.data(), encoding.size()));
    }
    return Fetched{std::move(response.body()), std::move(at)};
  }
  return fail(ErrorCode::kResourceExhausted, "reading {}: more than {} redirections",
              url.to_string(), options.redirects_max);
}

}  // namespace theater
