#include "theater/engine/engine.h"

#include "theater/base/check.h"
#include "theater/engine/arena.h"
#include "theater/engine/linked_program.h"
#include "theater/engine/raw.h"
#include "theater/wit/wire_type.h"

#include <algorithm>

namespace theater::engine {

namespace {

// Cached code: magic, HMAC-SHA-256 of the rest, component digest, then the compiler's bytes.
constexpr std::string_view kCacheMagic = "theater-code-1\n";

uint8_t* memory_new(void* env, size_t capacity) {
  return static_cast<Engine*>(env)->memory_arena().take(capacity);
}

void memory_delete(void* env, uint8_t* base, size_t capacity, size_t used) {
  static_cast<Engine*>(env)->memory_arena().give_back(base, capacity, used);
}

uint8_t* stack_new(void* env) {
  return static_cast<Engine*>(env)->stack_arena().take();
}

void stack_delete(void* env, uint8_t* base) {
  static_cast<Engine*>(env)->stack_arena().give_back(base);
}

struct Described {
  std::vector<std::string> interfaces;
  std::vector<FunctionDecl> functions;
};

Result<Described> read_interfaces(wit::ByteReader& reader) {
  Described described;
  auto interfaces = THEATER_TRY(reader.read_u(32));
  for (uint64_t i = 0; i < interfaces; ++i) {
    std::string interface(THEATER_TRY(reader.read_string()));
    auto functions = THEATER_TRY(reader.read_u(32));
    for (uint64_t j = 0; j < functions; ++j) {
      std::string name(THEATER_TRY(reader.read_string()));
      wit::FuncType type = THEATER_TRY(wit::read_func_type(reader));
      described.functions.push_back({{interface, std::move(name)}, std::move(type)});
    }
    if (!interface.empty()) described.interfaces.push_back(std::move(interface));
  }
  return described;
}

}  // namespace

Component::~Component() {
  te_component_delete(handle_);
}

Result<std::unique_ptr<Engine>> Engine::create(const EngineOptions& options) {
  if (options.wasm_stack_bytes + (size_t{64} << 10) > options.fiber_stack_bytes) {
    return fail(ErrorCode::kInvalidArgument,
                "a fiber stack of {} bytes leaves no room next to {} bytes of guest code",
                options.fiber_stack_bytes, options.wasm_stack_bytes);
  }
  std::unique_ptr<Engine> engine(new Engine());  // tidy: owned by the result
  engine->memory_arena_ = THEATER_TRY(MemoryArena::create(options.memory_reservation_bytes));
  engine->stack_arena_ =
      THEATER_TRY(StackArena::create(options.stack_reservation_bytes, options.fiber_stack_bytes));
  te_config config{};
  config.wasm_stack_bytes = options.wasm_stack_bytes;
  config.fiber_stack_bytes = engine->stack_arena_->stack_size();
  config.parallel_compilation = options.parallel_compilation;
  config.env = engine.get();
  config.memory_new = memory_new;
  config.memory_delete = memory_delete;
  config.stack_new = stack_new;
  config.stack_delete = stack_delete;
  if (te_error* error = te_engine_new(&config, &engine->handle_)) return raw::failure(error);
  raw::Buffer identity;
  if (te_error* error = te_engine_identity(engine->handle_, identity.out())) {
    return raw::failure(error);
  }
  engine->identity_ = as_text(identity.view());
  return engine;
}

Engine::~Engine() {
  if (handle_ != nullptr) te_engine_delete(handle_);
}

void Engine::tick() {
  te_engine_tick(handle_);
}

Result<std::shared_ptr<const Component>> Engine::compile(ByteView source) {
  Bytes binary = THEATER_TRY(binary_form(source));
  te_component* handle = nullptr;
  if (te_error* error = te_component_compile(handle_, raw::slice(binary), &handle)) {
    return raw::failure(error);
  }
  return describe(handle, sha256(binary));
}

Result<std::shared_ptr<const Component>> Engine::describe(te_component* handle,
                                                          const Hash& digest) const {
  std::shared_ptr<Component> component(new Component());  // tidy: owned by the result
  component->handle_ = handle;
  component->digest_ = digest;
  raw::Buffer description;
  if (te_error* error = te_component_describe(handle, description.out())) {
    return raw::failure(error);
  }
  wit::ByteReader reader(description.view());
  Described imports = THEATER_TRY_CONTEXT(read_interfaces(reader), "reading the imports");
  Described exports = THEATER_TRY_CONTEXT(read_interfaces(reader), "reading the exports");
  component->imports_ = std::move(imports.functions);
  component->imported_interfaces_ = std::move(imports.interfaces);
  component->exports_ = std::move(exports.functions);
  component->exported_interfaces_ = std::move(exports.interfaces);
  return std::shared_ptr<const Component>(std::move(component));
}

Result<Bytes> Engine::serialize(const Component& component, ByteView key) const {
  raw::Buffer code;
  if (te_error* error = te_component_serialize(component.handle_, code.out())) {
    return raw::failure(error);
  }
  Bytes sealed = to_bytes(component.digest().view());
  append(sealed, code.view());
  Hash seal = hmac_sha256(key, sealed);
  Bytes cached = to_bytes(kCacheMagic);
  append(cached, seal.view());
  append(cached, sealed);
  return cached;
}

Result<std::shared_ptr<const Component>> Engine::load(ByteView cached, ByteView key) {
  constexpr size_t kHeader = kCacheMagic.size() + 2 * Hash::kSize;
  if (cached.size() < kHeader || as_text(cached.first(kCacheMagic.size())) != kCacheMagic) {
    return fail(ErrorCode::kCorrupt, "these bytes are not compiled code of Theater's");
  }
  ByteView sealed = cached.subspan(kCacheMagic.size() + Hash::kSize);
  Hash seal = THEATER_TRY(Hash::from_bytes(cached.subspan(kCacheMagic.size(), Hash::kSize)));
  // Only code that a holder of the key sealed may become native code of this process.
  if (!equal_constant_time(seal, hmac_sha256(key, sealed))) {
    return fail(ErrorCode::kCorrupt, "the compiled code does not match its authentication code");
  }
  Hash digest = THEATER_TRY(Hash::from_bytes(sealed.first(Hash::kSize)));
  te_component* handle = nullptr;
  te_error* error = te_component_load(handle_, raw::slice(sealed.subspan(Hash::kSize)), &handle);
  if (error != nullptr) return raw::failure(error);
  return describe(handle, digest);
}

Result<std::shared_ptr<const Program>> Engine::link(std::shared_ptr<const Component> component,
                                                    std::span<const HostBinding> bindings) {
  std::string missing;
  std::unique_ptr<te_linker, decltype(&te_linker_delete)> linker(
      te_linker_new(handle_, LinkedProgram::host_call), te_linker_delete);
  for (const FunctionDecl& import : component->imports()) {
    auto binding =
        std::find_if(bindings.begin(), bindings.end(),
                     [&](const HostBinding& candidate) { return candidate.name == import.name; });
    if (binding == bindings.end()) {
      missing += missing.empty() ? "" : ", ";
      missing += import.name.to_string();
      continue;
    }
    te_error* error =
        te_linker_define(linker.get(), raw::slice(std::string_view(import.name.interface)),
                         raw::slice(std::string_view(import.name.name)), binding->function,
                         binding->mode == HostMode::kMayWait);
    if (error != nullptr) return raw::failure(error);
  }
  if (!missing.empty()) {
    return fail(ErrorCode::kNotFound,
                "the component imports functions that this node does not have: {}", missing);
  }
  te_program* program = nullptr;
  if (te_error* error = te_program_new(linker.get(), component->handle_, &program)) {
    return raw::failure(error);
  }
  return std::make_shared<const LinkedProgram>(std::move(component), program);
}

}  // namespace theater::engine
