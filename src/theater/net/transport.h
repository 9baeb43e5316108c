// One connection as a stream of bytes, plain or inside TLS.
//
// A transport starts operations and reports their ends to its owner by TransportEvents, later and
// never from inside the call that started them. At most one read and one write are under way. An
// owner may destroy a transport only while nothing is under way (is_settled()).
#pragma once

#include "theater/base/bytes.h"
#include "theater/base/descriptor.h"
#include "theater/net/http_message.h"
#include "theater/net/tls_context.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace boost::asio {
class io_context;
}

namespace theater {

enum class IoOutcome : uint8_t {
  kDone,
  kEnded,   // The peer sends nothing more, and ended gracefully.
  kFailed,  // The connection is broken, or was closed here.
};

// The owner of a transport. Called on the thread that runs the loop.
class TransportEvents {
 public:
  virtual ~TransportEvents() = default;
  virtual void on_handshake(IoOutcome outcome) = 0;
  virtual void on_read(IoOutcome outcome, size_t count) = 0;
  virtual void on_written(IoOutcome outcome, size_t count) = 0;
  virtual void on_output_ended() = 0;
};

// The Asio stream inside a transport, for the few sources that include asio_stream.h.
struct AsioStream;
struct AsioStreamDelete {
  void operator()(AsioStream* stream) const;
};
using AsioStreamOwner = std::unique_ptr<AsioStream, AsioStreamDelete>;

// Not thread-safe: belongs to the thread that runs the loop.
class Transport {
 public:
  // Takes a connected socket. Without `tls` the connection is plain. `server_name` is the name that
  // a client asks for and checks; for servers it stays empty.
  static std::unique_ptr<Transport> make(boost::asio::io_context& context, Descriptor socket,
                                         TlsContext* tls, const std::string& server_name = {});
  virtual ~Transport() = default;

  void set_events(TransportEvents& events) { events_ = &events; }

  // Ends with on_handshake(), also on a plain connection.
  virtual void start_handshake() = 0;
  // Reads at least one byte; ends with on_read(). `into` must stay.
  virtual void start_read(std::span<uint8_t> into) = 0;
  // Writes at least one byte of the pieces; ends with on_written(). The pieces must stay.
  virtual void start_write(std::span<const ByteView> pieces) = 0;
  // Tells the peer that nothing more comes; ends with on_output_ended(). Reads afterwards are only
  // good for discarding what they read.
  virtual void start_end_of_output() = 0;
  // Closes the socket. What is under way fails soon.
  virtual void close() = 0;
  // The same, and the peer sees that the connection broke and did not end.
  virtual void reset() = 0;

  // Whether nothing is under way.
  bool is_settled() const { return under_way_ == 0; }
  // After the handshake: what TLS settled on. Nothing for a plain connection.
  virtual std::optional<TlsFacts> tls_facts() const = 0;
  // Why a handshake failed, for messages; empty if nothing is known.
  virtual std::string handshake_error() const = 0;
  // Gives the stream away; needs is_settled(). Only destruction may follow.
  virtual AsioStreamOwner release() = 0;

 protected:
  TransportEvents* events_ = nullptr;
  int under_way_ = 0;
};

}  // namespace theater
