// Arithmetic on whole numbers: + - * / and parentheses.
#pragma once

#include <theater/result.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

class Calculator {
 public:
  static theater::Result<int64_t> calculate(std::string_view expression) {
    Calculator calculator(expression);
    int64_t value = THEATER_TRY(calculator.sum(0));
    if (!calculator.rest_.empty()) return calculator.unexpected();
    return value;
  }

 private:
  explicit Calculator(std::string_view expression) : rest_(expression) { skip_blanks(); }

  theater::Result<int64_t> sum(int depth) {
    int64_t left = THEATER_TRY(product(depth));
    for (;;) {
      if (accept('+')) {
        if (__builtin_add_overflow(left, THEATER_TRY(product(depth)), &left)) return too_large();
      } else if (accept('-')) {
        if (__builtin_sub_overflow(left, THEATER_TRY(product(depth)), &left)) return too_large();
      } else {
        return left;
      }
    }
  }

  theater::Result<int64_t> product(int depth) {
    int64_t left = THEATER_TRY(factor(depth));
    for (;;) {
      if (accept('*')) {
        if (__builtin_mul_overflow(left, THEATER_TRY(factor(depth)), &left)) return too_large();
      } else if (accept('/')) {
        int64_t right = THEATER_TRY(factor(depth));
        if (right == 0) return theater::fail("division by zero");
        if (left == INT64_MIN && right == -1) return too_large();
        if (left % right != 0) return theater::fail("the quotient is no whole number");
        left /= right;
      } else {
        return left;
      }
    }
  }

  theater::Result<int64_t> factor(int depth) {
    if (depth > 32) return theater::fail("nested too deep");
    if (accept('(')) {
      int64_t value = THEATER_TRY(sum(depth + 1));
      if (!accept(')')) return unexpected();
      return value;
    }
    int64_t value = 0;
    auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error == std::errc::result_out_of_range) return too_large();
    if (error != std::errc{}) return unexpected();
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    skip_blanks();
    return value;
  }

  bool accept(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    skip_blanks();
    return true;
  }

  void skip_blanks() {
    while (rest_.starts_with(' '))
      rest_.remove_prefix(1);
  }

  theater::Result<int64_t> unexpected() const {
    return theater::fail(rest_.empty() ? "the expression ends too early"
                                       : "did not understand `" + std::string(rest_) + "`");
  }

  static theater::Result<int64_t> too_large() { return theater::fail("the number is too large"); }

  std::string_view rest_;
};
