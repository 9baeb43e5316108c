// The bodies of json.hpp.
#pragma once

namespace theater::json {

inline Value::Value() noexcept = default;
inline Value::Value(std::nullptr_t) noexcept {}
inline Value::Value(const Value&) = default;
inline Value::Value(Value&&) noexcept = default;
inline Value& Value::operator=(const Value&) = default;
inline Value& Value::operator=(Value&&) noexcept = default;
inline Value::~Value() = default;

inline Value::Value(std::same_as<bool> auto value) : kind_(Kind::kBool), bool_(value) {}

template <std::integral Integer>
  requires(!std::same_as<Integer, bool>)
Value::Value(Integer value) : kind_(Kind::kNumber) {
  char digits[24];
  text_.assign(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

inline Value::Value(double value) {
  // A difference that is no zero: infinity or NaN.
  if (!(value - value == 0)) return;
  kind_ = Kind::kNumber;
  char digits[32];
  // The shortest of these that reads back as the same number; 17 digits always do.
  for (int precision : {6, 15, 17}) {
    std::snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (std::strtod(digits, nullptr) == value) break;
  }
  text_ = digits;
}

inline Value::Value(const char* text) : kind_(Kind::kString), text_(text) {}
inline Value::Value(std::string_view text) : kind_(Kind::kString), text_(text) {}
inline Value::Value(std::string text) : kind_(Kind::kString), text_(std::move(text)) {}

inline Value Value::array(std::vector<Value> items) {
  Value value;
  value.kind_ = Kind::kArray;
  value.items_ = std::move(items);
  return value;
}

inline Value Value::object() {
  Value value;
  value.kind_ = Kind::kObject;
  return value;
}

inline Value Value::object(std::initializer_list<Member> members) {
  Value value = object();
  value.members_ = members;
  return value;
}

inline std::string_view Value::text(std::string_view otherwise) const {
  return is_string() ? std::string_view(text_) : otherwise;
}

template <std::integral Integer>
std::optional<Integer> Value::integer() const {
  Integer value{};
  const char* end = text_.data() + text_.size();
  if (!is_number()) return std::nullopt;
  auto [at, error] = std::from_chars(text_.data(), end, value);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

inline std::optional<double> Value::number() const {
  if (!is_number()) return std::nullopt;
  return std::strtod(text_.c_str(), nullptr);
}

inline size_t Value::size() const {
  return is_array() ? items_.size() : members_.size();
}

inline const Value* Value::find(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

namespace detail {
inline const Value& null_value() {
  static const Value value;
  return value;
}
}  // namespace detail

inline const Value& Value::operator[](std::string_view name) const {
  const Value* found = find(name);
  return found ? *found : detail::null_value();
}

inline const Value& Value::operator[](size_t index) const {
  return index < items_.size() ? items_[index] : detail::null_value();
}

inline Value& Value::set(std::string_view name, Value value) {
  if (!is_object()) *this = object();
  for (Member& member : members_) {
    if (member.name == name) {
      member.value = std::move(value);
      return *this;
    }
  }
  members_.push_back({std::string(name), std::move(value)});
  return *this;
}

inline Value& Value::push(Value value) {
  if (!is_array()) *this = array();
  items_.push_back(std::move(value));
  return *this;
}

inline bool Value::operator==(const Value& other) const {
  return kind_ == other.kind_ && bool_ == other.bool_ && text_ == other.text_ &&
         items_ == other.items_ && members_ == other.members_;
}

inline void append_quoted(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  theater::detail::Utf8 clean(text);
  out += '"';
  for (char c : clean.view()) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

inline void Value::write(std::string& out) const {
  switch (kind_) {
    case Kind::kNull:
      out += "null";
      return;
    case Kind::kBool:
      out += bool_ ? "true" : "false";
      return;
    case Kind::kNumber:
      out += text_;
      return;
    case Kind::kString:
      append_quoted(out, text_);
      return;
    case Kind::kArray:
      out += '[';
      for (const Value& item : items_) {
        if (&item != &items_.front()) out += ',';
        item.write(out);
      }
      out += ']';
      return;
    case Kind::kObject:
      out += '{';
      for (const Member& member : members_) {
        if (&member != &members_.front()) out += ',';
        append_quoted(out, member.name);
        out += ':';
        member.value.write(out);
      }
      out += '}';
      return;
  }
}

inline std::string Value::dump() const {
  std::string out;
  write(out);
  return out;
}

// A recursive-descent reader. Its methods return false after error_ has been set.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Value> run() {
    Value value;
    if (!read_value(value, 0)) return fail(std::move(error_));
    skip_blanks();
    if (at_ != text_.size()) {
      wrong("nothing more was expected");
      return fail(std::move(error_));
    }
    return value;
  }

 private:
  bool wrong(std::string_view what) {
    error_ = "JSON, byte " + std::to_string(at_) + ": " + std::string(what);
    return false;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')
      ++at_;
  }

  bool accept(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool accept_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool read_value(Value& out, int depth) {
    skip_blanks();
    if (depth > kDepthMax) return wrong("nested too deep");
    switch (peek()) {
      case '{':
        return read_object(out, depth);
      case '[':
        return read_array(out, depth);
      case '"':
        out.kind_ = Kind::kString;
        return read_string(out.text_);
      default:
        break;
    }
    if (accept_word("null")) return true;
    if (accept_word("true")) return out = Value(true), true;
    if (accept_word("false")) return out = Value(false), true;
    return read_number(out);
  }

  bool read_object(Value& out, int depth) {
    out.kind_ = Kind::kObject;
    ++at_;
    skip_blanks();
    if (accept('}')) return true;
    do {
      Member member;
      skip_blanks();
      if (peek() != '"') return wrong("a member's name was expected");
      if (!read_string(member.name)) return false;
      skip_blanks();
      if (!accept(':')) return wrong("`:` was expected");
      if (!read_value(member.value, depth + 1)) return false;
      out.members_.push_back(std::move(member));
      skip_blanks();
    } while (accept(','));
    return accept('}') || wrong("`,` or `}` was expected");
  }

  bool read_array(Value& out, int depth) {
    out.kind_ = Kind::kArray;
    ++at_;
    skip_blanks();
    if (accept(']')) return true;
    do {
      Value item;
      if (!read_value(item, depth + 1)) return false;
      out.items_.push_back(std::move(item));
      skip_blanks();
    } while (accept(','));
    return accept(']') || wrong("`,` or `]` was expected");
  }

  bool read_digits() {
    size_t from = at_;
    while (peek() >= '0' && peek() <= '9')
      ++at_;
    return at_ > from;
  }

  bool read_number(Value& out) {
    size_t from = at_;
    accept('-');
    bool zero = peek() == '0';
    size_t digits = at_;
    if (!read_digits()) return wrong("a value was expected");
    if (zero && at_ - digits > 1) return wrong("a number must not begin with 0");
    if (accept('.') && !read_digits()) return wrong("a digit was expected");
    if (accept('e') || accept('E')) {
      if (!accept('+')) accept('-');
      if (!read_digits()) return wrong("a digit was expected");
    }
    out.kind_ = Kind::kNumber;
    out.text_ = text_.substr(from, at_ - from);
    return true;
  }

  bool read_string(std::string& out) {
    ++at_;
    while (!accept('"')) {
      if (at_ >= text_.size()) return wrong("the string has no end");
      if (static_cast<unsigned char>(peek()) < 0x20) return wrong("a control character");
      if (accept('\\')) {
        if (!read_escape(out)) return false;
        continue;
      }
      size_t length = theater::detail::utf8_sequence(text_.substr(at_));
      if (length == 0) return wrong("this is not UTF-8");
      out.append(text_.substr(at_, length));
      at_ += length;
    }
    return true;
  }

  bool read_escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    if (accept('u')) return read_code_point(out);
    size_t which = at_ < text_.size() ? kNames.find(peek()) : kNames.npos;
    if (which == kNames.npos) return wrong("an unknown escape");
    out += kMeant[which];
    ++at_;
    return true;
  }

  bool read_hex(uint32_t& out) {
    std::string_view digits = text_.substr(at_, 4);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
    if (digits.size() < 4 || error != std::errc{} || end != digits.data() + 4) {
      return wrong("four hexadecimal digits were expected");
    }
    at_ += 4;
    return true;
  }

  bool read_code_point(std::string& out) {
    uint32_t code = 0;
    if (!read_hex(code)) return false;
    if (code >= 0xD800 && code < 0xDC00) {
      uint32_t low = 0;
      if (!accept_word("\\u")) return wrong("half a surrogate pair");
      if (!read_hex(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return wrong("half a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000) {
      return wrong("half a surrogate pair");
    }
    append_utf8(out, code);
    return true;
  }

  static void append_utf8(std::string& out, uint32_t code) {
    auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6);
      put(0x80 | (code & 63));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12);
      put(0x80 | (code >> 6 & 63));
      put(0x80 | (code & 63));
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 63));
      put(0x80 | (code >> 6 & 63));
      put(0x80 | (code & 63));
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string error_;
};

inline Result<Value> parse(std::string_view text) {
  return Parser(text).run();
}

}  // namespace theater::json
