// Beast's parser for the head of a message, which never sees a body: BodyDecoder reads bodies.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/none.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace theater {

// The caller derives from it, and puts the parts of a head where they belong. One thread at a time.
template <bool kIsRequest>
class HeadParser : public boost::beast::http::basic_parser<kIsRequest> {
 public:
  // Reads a whole head, with the empty line at its end. False if it is not valid HTTP.
  bool parse(std::string_view head) {
    this->header_limit(static_cast<uint32_t>(head.size() + 1));
    this->body_limit(boost::none);
    Error error;
    size_t parsed = this->put({head.data(), head.size()}, error);
    return !error && parsed == head.size() && this->is_header_done();
  }

 protected:
  using Error = boost::system::error_code;
  using Text = boost::beast::string_view;
  using Field = boost::beast::http::field;
  using Verb = boost::beast::http::verb;

 private:
  void on_request_impl(Verb, Text, Text, int, Error&) override {}
  void on_response_impl(int, Text, int, Error&) override {}
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, Error&) override {}
  size_t on_body_impl(Text, Error& error) override { return refuse(error); }
  void on_chunk_header_impl(uint64_t, Text, Error& error) override { refuse(error); }
  size_t on_chunk_body_impl(uint64_t, Text, Error& error) override { return refuse(error); }
  void on_finish_impl(Error&) override {}

  static size_t refuse(Error& error) {
    error = boost::beast::http::error::unexpected_body;
    return 0;
  }
};

}  // namespace theater
