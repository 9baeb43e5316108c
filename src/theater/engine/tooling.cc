#include "theater/base/printable.h"
#include "theater/engine/engine.h"
#include "theater/engine/raw.h"

#include <string_view>

namespace theater::engine {

namespace {

constexpr std::string_view kMagic{"\0asm", 4};
constexpr size_t kShownBytes = 24;

// The parser of the text format would say of any other file that a `(` is missing.
Result<void> check_begin(ByteView component) {
  std::string_view source = as_text(component);
  size_t first = source.find_first_not_of(" \t\r\n");
  bool is_text = first != source.npos && (source[first] == '(' || source[first] == ';');
  if (is_text || source.starts_with(kMagic)) return {};
  return fail(ErrorCode::kInvalidArgument,
              "it is no component: it begins with `{}`, and not as WebAssembly does, in its binary "
              "form or as text",
              escape_control(source.substr(0, kShownBytes)));
}

}  // namespace

Result<std::string> print_wit(ByteView component) {
  THEATER_TRY_VOID(check_begin(component));
  raw::Buffer text;
  if (te_error* error = te_print_wit(raw::slice(component), text.out())) return raw::failure(error);
  return std::string(as_text(text.view()));
}

Result<Bytes> binary_form(ByteView component) {
  THEATER_TRY_VOID(check_begin(component));
  raw::Buffer binary;
  if (te_error* error = te_wat_to_binary(raw::slice(component), binary.out())) {
    return raw::failure(error);
  }
  return to_bytes(binary.view());
}

Result<Bytes> componentize(ByteView core_module) {
  raw::Buffer component;
  if (te_error* error = te_componentize(raw::slice(core_module), component.out())) {
    return raw::failure(error);
  }
  return to_bytes(component.view());
}

Result<Bytes> component_type_section(const std::string& wit_path, const std::string& world) {
  raw::Buffer section;
  te_error* error = te_component_type_section(raw::slice(std::string_view(wit_path)),
                                              raw::slice(std::string_view(world)), section.out());
  if (error != nullptr) return raw::failure(error);
  return to_bytes(section.view());
}

}  // namespace theater::engine
