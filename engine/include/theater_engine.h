/* Wasmtime behind one C interface: components in, value bytes across, outcomes out.
 *
 * Component values cross as one byte string, encoded as the Component Model's binary format encodes
 * value literals (shortest LEB128, canonical NaN), so that every value has exactly one encoding.
 * The types come from the component; nothing here knows an interface by name.
 *
 * Objects are opaque and freed by their _delete function. A function that can fail returns a
 * te_error, or NULL when it succeeded; the caller frees it. Slices passed in are borrowed for the
 * call unless said otherwise. No function unwinds into the caller, and no callback may unwind into
 * this library.
 */
#ifndef THEATER_ENGINE_H
#define THEATER_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct te_engine te_engine;
typedef struct te_component te_component;
typedef struct te_linker te_linker;
typedef struct te_program te_program;
typedef struct te_store te_store;
typedef struct te_completion te_completion;
typedef struct te_error te_error;

typedef struct {
  const uint8_t* data;
  size_t size;
} te_slice;

/* Bytes owned by this library. */
typedef struct {
  uint8_t* data;
  size_t size;
  size_t capacity;
} te_buffer;

void te_buffer_delete(te_buffer* buffer);

/* ---- Errors ------------------------------------------------------------------------------------
 */

/* The numbers are part of the interface: they match theater::engine::TrapCode up to TE_KILLED. */
enum {
  TE_UNREACHABLE = 0,
  TE_MEMORY_OUT_OF_BOUNDS = 1,
  TE_TABLE_OUT_OF_BOUNDS = 2,
  TE_BAD_INDIRECT_CALL = 3,
  TE_INTEGER_OVERFLOW = 4,
  TE_INTEGER_DIVISION_BY_ZERO = 5,
  TE_BAD_CONVERSION_TO_INTEGER = 6,
  TE_STACK_OVERFLOW = 7,
  TE_BAD_VALUE = 8,
  TE_OTHER = 9,
  TE_HOST_REFUSED = 10,
  TE_CPU_LIMIT = 11,
  TE_MEMORY_LIMIT = 12,
  TE_TABLE_LIMIT = 13,
  TE_INSTANCE_LIMIT = 14,
  TE_PAYLOAD_LIMIT = 15,
  TE_HOST_SHORTAGE = 16,
  TE_KILLED = 17,
  /* Not a trap: the input of a compile, load, link or tooling call is at fault. */
  TE_INVALID = 100,
  TE_UNSUPPORTED = 101,
  TE_MISSING = 102,
};

void te_error_delete(te_error* error);
uint32_t te_error_code(const te_error* error);
te_slice te_error_message(const te_error* error);
/* One guest frame a line, innermost first; empty where none was live. */
te_slice te_error_backtrace(const te_error* error);
/* Growth that the guest was refused in the invocation that failed, the last one: TE_MEMORY_LIMIT or
 * TE_TABLE_LIMIT, and in `*wanted` the bytes of all memories or the elements of all tables that it
 * would have had. TE_MISSING if nothing was refused. */
uint32_t te_error_refused(const te_error* error, uint64_t* wanted);

/* ---- Engine ------------------------------------------------------------------------------------
 */

typedef struct {
  size_t wasm_stack_bytes;
  size_t fiber_stack_bytes;
  bool parallel_compilation;

  /* Where linear memories and fiber stacks come from. All four are called from any thread. */
  void* env;
  /* A zeroed block of at least `capacity` bytes, or NULL when there is no room. */
  uint8_t* (*memory_new)(void* env, size_t capacity);
  /* `used`: only bytes below it can be other than zero. */
  void (*memory_delete)(void* env, uint8_t* base, size_t capacity, size_t used);
  /* The lowest address of a page-aligned block of fiber_stack_bytes, or NULL. */
  uint8_t* (*stack_new)(void* env);
  void (*stack_delete)(void* env, uint8_t* base);
} te_config;

te_error* te_engine_new(const te_config* config, te_engine** out);
void te_engine_delete(te_engine* engine);
/* One line that names everything which affects what guests compute. */
te_error* te_engine_identity(const te_engine* engine, te_buffer* out);
void te_engine_tick(const te_engine* engine);

/* ---- Components --------------------------------------------------------------------------------
 */

/* Binary bytes of `source`, which may be text (WAT); what digests are computed of. */
te_error* te_wat_to_binary(te_slice source, te_buffer* out);
te_error* te_component_compile(const te_engine* engine, te_slice binary, te_component** out);
te_error* te_component_serialize(const te_component* component, te_buffer* out);
/* `code` must have been made by te_component_serialize: anything else is undefined behaviour. */
te_error* te_component_load(const te_engine* engine, te_slice code, te_component** out);
void te_component_delete(te_component* component);

/* The component's imports and exports: for each of the two, a LEB count of interfaces, each a
 * string (LEB size, UTF-8; empty for the root), a LEB count of functions, each a string and its
 * type as theater::wit::read_func_type reads it. */
te_error* te_component_describe(const te_component* component, te_buffer* out);

/* ---- Host functions and programs ---------------------------------------------------------------
 */

enum { TE_ANSWER_DONE = 0, TE_ANSWER_TRAP = 1, TE_ANSWER_LATER = 2 };

/* Called on the guest's own stack. `store_env` is the store's. `*result` must stay valid until the
 * next call on the same store; for TE_ANSWER_TRAP it is a message. `completion` is NULL for
 * immediate functions; after TE_ANSWER_LATER the callee owns it, otherwise the library keeps it. */
typedef uint32_t (*te_host_call)(void* store_env, uint32_t function, te_slice args,
                                 te_completion* completion, te_slice* result);

te_linker* te_linker_new(const te_engine* engine, te_host_call call);
void te_linker_delete(te_linker* linker);
/* Defines `name` of `interface`; each name once. */
te_error* te_linker_define(te_linker* linker, te_slice interface, te_slice name, uint32_t function,
                           bool may_wait);
/* Fails with TE_MISSING if an import has no definition. */
te_error* te_program_new(const te_linker* linker, const te_component* component, te_program** out);
void te_program_delete(te_program* program);
/* Adds an export to call later; its number is the count of those added before. TE_MISSING if
 * absent. */
te_error* te_program_add_export(te_program* program, te_slice interface, te_slice name);

/* Consumes the completion. Any thread. False if the call was cancelled: nothing happens then. */
bool te_completion_answer(te_completion* completion, te_slice result);
bool te_completion_trap(te_completion* completion, uint32_t code, te_slice message);
bool te_completion_cancelled(const te_completion* completion);

/* ---- Stores: one guest each --------------------------------------------------------------------
 */

typedef struct {
  uint64_t memory_bytes;
  uint64_t table_elements;
  uint32_t core_instances;
  uint64_t payload_bytes;
  uint64_t call_ticks;
} te_limits;

enum { TE_DONE = 0, TE_YIELDED = 1, TE_WAITING = 2, TE_TRAPPED = 3 };

/* `wake(wake_env)` is called from any thread when a completion is used. `program` must outlive it.
 */
te_store* te_store_new(const te_program* program, const te_limits* limits, void* store_env,
                       void (*wake)(void* wake_env), void* wake_env);
/* Drops a running invocation first. Not while resume runs. */
void te_store_delete(te_store* store);

/* Each begins an invocation; one at a time. `args` stays borrowed until the invocation ends. */
void te_store_instantiate(te_store* store);
void te_store_call(te_store* store, uint32_t export_number, te_slice args);
/* Runs the invocation on this thread: TE_DONE … TE_TRAPPED. After TE_TRAPPED only delete may
 * follow. */
uint32_t te_store_resume(te_store* store);
/* Valid after TE_DONE until the next invocation begins. */
te_slice te_store_result(const te_store* store);
/* Valid after TE_TRAPPED; owned by the store. */
const te_error* te_store_error(const te_store* store);
uint64_t te_store_memory_bytes(const te_store* store);
/* Any thread, while the store exists. */
void te_store_interrupt(te_store* store);

/* ---- Tooling -----------------------------------------------------------------------------------
 */

te_error* te_print_wit(te_slice component, te_buffer* out);
te_error* te_componentize(te_slice core_module, te_buffer* out);
te_error* te_component_type_section(te_slice wit_path, te_slice world, te_buffer* out);

#ifdef __cplusplus
}
#endif

#endif /* THEATER_ENGINE_H */
