#include "theater/engine/engine.h"
#include "theater/engine/raw.h"

namespace theater::engine {

Result<std::string> print_wit(ByteView component) {
  raw::Buffer text;
  if (te_error* error = te_print_wit(raw::slice(component), text.out())) return raw::failure(error);
  return std::string(as_text(text.view()));
}

Result<Bytes> binary_form(ByteView component) {
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
