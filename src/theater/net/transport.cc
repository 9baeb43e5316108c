#include "theater/net/transport.h"

#include "theater/base/check.h"
#include "theater/net/address.h"
#include "theater/net/asio_stream.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace theater {

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

IoOutcome outcome_of(error_code error) {
  if (!error) return IoOutcome::kDone;
  return error == asio::error::eof ? IoOutcome::kEnded : IoOutcome::kFailed;
}

// The pieces of one write, in the form that Asio takes, without an allocation.
class Pieces {
 public:
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  static constexpr size_t kMax = 8;

  explicit Pieces(std::span<const ByteView> pieces) : count_(pieces.size()) {
    THEATER_CHECK(count_ <= kMax);
    for (size_t at = 0; at < count_; ++at)
      all_[at] = {pieces[at].data(), pieces[at].size()};
  }
  const_iterator begin() const { return all_.data(); }
  const_iterator end() const { return all_.data() + count_; }

 private:
  std::array<asio::const_buffer, kMax> all_;
  size_t count_;
};

asio::generic::stream_protocol protocol_of(int socket) {
  int family = 0;
  socklen_t size = sizeof family;
  getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size);
  if (family != AF_UNIX) {
    // Answers leave when they are complete, so that waiting for more only delays them.
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return {family, family == AF_UNIX ? 0 : IPPROTO_TCP};
}

void reset_socket(SocketStream& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

template <class Stream>
AsioStreamOwner own(Stream stream) {
  return AsioStreamOwner(
      new AsioStream{std::move(stream)});  // tidy: owned by the AsioStreamOwner around it
}

// What both kinds share: the operations, on whichever stream is given.
class StreamTransport : public Transport {
 protected:
  template <class Stream>
  void read_from(Stream& stream, std::span<uint8_t> into) {
    ++under_way_;
    stream.async_read_some(asio::buffer(into.data(), into.size()),
                           [this](error_code error, size_t count) {
                             --under_way_;
                             events_->on_read(outcome_of(error), count);
                           });
  }

  template <class Stream>
  void write_to(Stream& stream, std::span<const ByteView> pieces) {
    ++under_way_;
    stream.async_write_some(Pieces(pieces), [this](error_code error, size_t count) {
      --under_way_;
      events_->on_written(outcome_of(error), count);
    });
  }

  // Ends an operation that takes no time.
  template <class Executor, class Then>
  void end_soon(const Executor& executor, Then then) {
    ++under_way_;
    asio::post(executor, [this, then] {
      --under_way_;
      then();
    });
  }
};

class PlainTransport final : public StreamTransport {
 public:
  explicit PlainTransport(SocketStream socket) : socket_(std::move(socket)) {}

  void start_handshake() override {
    end_soon(socket_.get_executor(), [this] { events_->on_handshake(IoOutcome::kDone); });
  }
  void start_read(std::span<uint8_t> into) override { read_from(socket_, into); }
  void start_write(std::span<const ByteView> pieces) override { write_to(socket_, pieces); }
  void start_end_of_output() override {
    error_code ignored;
    socket_.shutdown(SocketStream::shutdown_send, ignored);
    end_soon(socket_.get_executor(), [this] { events_->on_output_ended(); });
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }
  void reset() override { reset_socket(socket_); }
  std::optional<TlsFacts> tls_facts() const override { return std::nullopt; }
  std::string handshake_error() const override { return {}; }
  AsioStreamOwner release() override {
    THEATER_CHECK(is_settled());
    return own(std::move(socket_));
  }

 private:
  SocketStream socket_;
};

class TlsTransport final : public StreamTransport {
 public:
  TlsTransport(SocketStream socket, TlsContext& tls, const std::string& server_name)
      : stream_(std::move(socket), tls.get()), server_name_(server_name) {}

  void start_handshake() override {
    ++under_way_;
    bool is_client = !server_name_.empty();
    error_code error;
    if (is_client) {
      stream_.set_verify_callback(ssl::host_name_verification(server_name_), error);
      // An address is no name that a client may ask for (RFC 6066, 3).
      if (!IpAddress::parse(server_name_))
        SSL_set_tlsext_host_name(stream_.native_handle(), server_name_.c_str());
    }
    stream_.async_handshake(
        is_client ? ssl::stream_base::client : ssl::stream_base::server,
        [this](error_code failure) {
          --under_way_;
          handshake_ = failure;
          events_->on_handshake(failure ? IoOutcome::kFailed : IoOutcome::kDone);
        });
  }

  void start_read(std::span<uint8_t> into) override {
    if (has_ended_) {
      // TLS is over. What is left to discard is not decrypted any more.
      read_from(stream_.next_layer(), into);
    } else {
      read_from(stream_, into);
    }
  }

  // OpenSSL takes one piece at a time.
  void start_write(std::span<const ByteView> pieces) override {
    write_to(stream_, pieces.first(1));
  }

  void start_end_of_output() override {
    ++under_way_;
    stream_.async_shutdown([this](error_code) {
      --under_way_;
      has_ended_ = true;
      error_code ignored;
      stream_.next_layer().shutdown(SocketStream::shutdown_send, ignored);
      events_->on_output_ended();
    });
  }

  void close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }
  void reset() override { reset_socket(stream_.next_layer()); }

  std::optional<TlsFacts> tls_facts() const override {
    // Asio gives the handle of a constant stream to no one, though reading it changes nothing.
    SSL* native = const_cast<TlsStream&>(stream_).native_handle();
    const char* name = SSL_get_servername(native, TLSEXT_NAMETYPE_host_name);
    return TlsFacts{SSL_get_version(native), SSL_get_cipher_name(native),
                    name == nullptr ? "" : name};
  }

  std::string handshake_error() const override {
    SSL* native = const_cast<TlsStream&>(stream_).native_handle();
    long verified = SSL_get_verify_result(native);
    if (!server_name_.empty() && verified != X509_V_OK)
      return X509_verify_cert_error_string(verified);
    return handshake_.message();
  }

  AsioStreamOwner release() override {
    THEATER_CHECK(is_settled());
    return own(std::move(stream_));
  }

 private:
  TlsStream stream_;
  const std::string server_name_;
  error_code handshake_;
  bool has_ended_ = false;
};

}  // namespace

void AsioStreamDelete::operator()(AsioStream* stream) const {
  delete stream;  // tidy: owned by the AsioStreamOwner that calls this
}

std::unique_ptr<Transport> Transport::make(asio::io_context& context, Descriptor socket,
                                           TlsContext* tls, const std::string& server_name) {
  int number = socket.release();
  SocketStream stream(context.get_executor());
  error_code error;
  stream.assign(protocol_of(number), number, error);
  THEATER_CHECK(!error, "a connected socket cannot be used: {}", error.message());
  if (tls == nullptr) return std::make_unique<PlainTransport>(std::move(stream));
  return std::make_unique<TlsTransport>(std::move(stream), *tls, server_name);
}

}  // namespace theater
