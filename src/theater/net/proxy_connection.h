// One connection of a forward proxy: reads the request, has it decided, connects, and passes bytes.
//
// Each direction has one piece at a time: the proxy reads from one side when the other side has
// taken all that was read before. So a side that does not read makes the other one wait, and memory
// is bounded by the two buffers.
//
// Plain HTTP is read and written again, never passed through: the head names the host of the checked
// URL and no header of the connection, and the body goes out in our own framing. A connection takes
// one request, so that no byte behind it reaches the host. A tunnel passes bytes as they are, and
// passes the end of each direction on.
#pragma once

#include "theater/net/address_check.h"
#include "theater/net/body_decoder.h"
#include "theater/net/forward_proxy.h"
#include "theater/net/http_message.h"
#include "theater/net/name_lookups.h"
#include "theater/net/outgoing_connection.h"
#include "theater/net/output_queue.h"
#include "theater/net/proxy_request.h"
#include "theater/net/transport.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// What a connection needs of the proxies.
class ProxyConnectionHost {
 public:
  virtual ~ProxyConnectionHost() = default;
  virtual const ForwardProxyLimits& limits() const = 0;
  virtual boost::asio::io_context& context() = 0;
  // The answer comes to found().
  virtual Result<NameLookups::Ticket> look_up(ConnectionId connection, const std::string& host) = 0;
  virtual void withdraw(NameLookups::Ticket ticket) = 0;
  virtual AddressKind kind_of(const IpAddress& address) = 0;
  // Nothing of the connection is under way any more; the host destroys it later.
  virtual void has_ended(ConnectionId connection) = 0;
};

// Belongs to the loop thread.
class ProxyConnection final {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `number` is the connection's for its owner.
  ProxyConnection(ProxyConnectionHost& host, ConnectionId id, uint64_t number,
                  std::shared_ptr<ProxyOwner> owner, std::unique_ptr<Transport> client);

  void start();
  void found(NameLookups::Answer answer);
  // Ends what has waited too long.
  void check_time(Time now);
  // Ends at once.
  void drop();

 private:
  enum class Phase : uint8_t {
    kRequest,
    kLookup,
    kConnect,
    kOpen,        // Bytes move.
    kAnswering,   // The client gets the proxy's own answer, and nothing follows.
    kDiscarding,  // The client has all; what it still sends is read and dropped.
    kClosed,
  };

  // One of the two sockets.
  struct Side final : TransportEvents {
    explicit Side(ProxyConnection& connection) : owner(connection) {}
    void on_handshake(IoOutcome) override {}
    void on_read(IoOutcome outcome, size_t count) override;
    void on_written(IoOutcome outcome, size_t count) override;
    void on_output_ended() override;

    void set(std::unique_ptr<Transport> socket);
    bool is_open() const { return transport != nullptr; }
    bool is_settled() const { return transport == nullptr || transport->is_settled(); }
    ByteView waiting() const { return ByteView(input).subspan(begin, end - begin); }
    void taken(size_t count) { begin += count; }
    void read_more();
    void write_more();
    // Tells the peer that nothing more comes, once all that waits has been sent.
    void end_output() { must_end_output = true; }
    bool has_nothing_to_send() const { return output.empty() || is_deaf; }

    ProxyConnection& owner;
    std::unique_ptr<Transport> transport;
    Bytes input;  // Of fixed size; what has come is between the two numbers.
    size_t begin = 0;
    size_t end = 0;
    OutputQueue output;
    bool is_reading = false;
    bool is_writing = false;
    bool has_input_ended = false;
    bool is_deaf = false;  // Takes no bytes any more.
    bool is_broken = false;
    bool must_end_output = false;
    bool is_ending_output = false;
    bool has_output_ended = false;
    uint64_t received = 0;
    uint64_t sent = 0;
  };

  void advance();
  void read_request();
  void decide();
  void connect(const std::vector<IpAddress>& found);
  void connected(Result<Descriptor> socket);
  void send_request_head();
  void move_bytes();
  void move_up();
  void move_body_up();
  void move_down();
  void move_answer_down();
  // False until the head of the answer has been passed on.
  bool move_answer_head();
  bool pass_on_head(std::string_view head);
  void move_answer_body();
  void answer(ProxyVerdict verdict, const std::string& why);
  void fail_request(ProxyVerdict verdict, const std::string& why);
  // Nothing follows what the client is about to get.
  void end_client();
  bool is_tunnel() const { return request_.way != ProxyRequest::Way::kForward; }
  void close();
  // Closes, and shows the client that the connection to the host broke.
  void break_off();
  void report_end();

  ProxyConnectionHost& host_;
  const ConnectionId id_;
  const uint64_t number_;
  const std::shared_ptr<ProxyOwner> owner_;
  Side client_{*this};
  Side server_{*this};
  Phase phase_ = Phase::kRequest;
  Time since_;  // When the phase began, or when a byte last moved.
  ProxyRequestReader reader_;
  ProxyRequest request_;
  std::optional<NameLookups::Ticket> lookup_;
  std::unique_ptr<OutgoingConnection> outgoing_;
  bool is_allowed_ = false;  // The owner hears of the end.
  std::optional<std::string> failed_;
  BodyDecoder body_;  // Of the request.
  bool is_body_sent_ = false;
  bool is_answer_begun_ = false;
  size_t searched_ = 0;                  // Bytes of the answer in which its head does not end.
  std::optional<uint64_t> answer_left_;  // Bytes of the answer's body; none: until its end.
  bool has_reported_ = false;
};

}  // namespace theater
