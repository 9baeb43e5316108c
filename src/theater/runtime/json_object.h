// The top level of a JSON object, with every value as the text that was written for it.
//
// A tree of a JSON library turns long numbers into doubles and recurses where a stranger nests
// deeply. Who only takes members out, or puts members together, needs no tree: values stay texts,
// and nothing about them changes but white space, if that is wanted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace theater {

// `name` and `value` view the object's text.
struct JsonMember {
  std::string key;        // Decoded.
  std::string_view name;  // As it was written, with its quotes.
  std::string_view value;
};

// Empty if `text` is one JSON value in UTF-8, else where and why it is not.
std::optional<std::string> json_problem(std::string_view text);

// The members of an object in the order of their text, or nothing if `text` is something else. Of
// members with one key the last counts and the first gives the place. Linear in the text.
std::optional<std::vector<JsonMember>> json_members(std::string_view text);

// Puts `json`, which is JSON, at the end of `out` without the white space between its parts.
void append_compact(std::string& out, std::string_view json);

// What the JSON value `json` stands for in a line of text: the characters of a string, nothing for
// null, else the value itself, compact.
std::optional<std::string> json_as_text(std::string_view json);

}  // namespace theater
