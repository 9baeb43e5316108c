// How a C++ alternative says which case of a WIT variant it is.
//
// A std::variant, or a struct that derives from one and inherits its constructors, is a WIT
// variant; its alternatives, in order, are the cases. An alternative names its case in one of two
// ways:
//
//   struct Text {                                            // the case `text`, with a record for
//     static constexpr std::string_view kCaseName = "text";  // payload, or with none where the
//     std::string body;                                      // struct has no members
//   };
//   BOOST_DESCRIBE_STRUCT(Text, (), (body))
//
//   Alternative<"data", Bytes>    the case `data` with a list<u8> for payload, in member `value`
//   Alternative<"stop">           the case `stop` without payload
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace theater::wit {

// A string literal as a template argument.
template <size_t kSize>
struct CaseName {
  char text[kSize] = {};

  constexpr CaseName(const char (&literal)[kSize]) { std::copy_n(literal, kSize, text); }
  constexpr std::string_view view() const { return {text, kSize - 1}; }
};

template <CaseName kName, class T = void>
struct Alternative {
  static constexpr std::string_view kCaseName = kName.view();
  using Payload = T;

  T value{};

  bool operator==(const Alternative&) const = default;
};

template <CaseName kName>
struct Alternative<kName, void> {
  static constexpr std::string_view kCaseName = kName.view();
  using Payload = void;

  bool operator==(const Alternative&) const = default;
};

}  // namespace theater::wit
