// The Asio types inside a transport. Included only by the two sources that read and write sockets,
// because Asio takes long to compile.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <variant>

namespace theater {

// One type for TCP and Unix sockets. The executor is named, because the general one costs a
// virtual call or two for each operation.
using SocketStream = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                      boost::asio::io_context::executor_type>;
using TlsStream = boost::asio::ssl::stream<SocketStream>;

struct AsioStream {
  std::variant<SocketStream, TlsStream> stream;
};

}  // namespace theater
