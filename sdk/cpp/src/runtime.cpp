// What a guest needs besides headers: memory, the return area, and an end without WASI.
//
// The C and C++ libraries of wasi-libc expect WASI's preview 1 for files, clocks and exit. An actor
// has none of that, so the functions are defined here: they refuse or trap, and a component imports
// nothing but what it calls of Theater.
#include "theater/actor.hpp"

#include <charconv>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>

namespace theater::detail {

namespace {

// Logs why the guest ends, without touching memory that may be exhausted or broken, and traps.
[[noreturn]] void die(const char* why) {
  theater_sdk_log(why, std::strlen(why));
  __builtin_trap();
}

// Never destroyed: an instance has no end that a guest could act on.
union ReturnAreaStorage {
  ReturnArea area;
  constexpr ReturnAreaStorage() : area{} {}
  ~ReturnAreaStorage() {}
};

constinit ReturnAreaStorage storage;

}  // namespace

ReturnArea& return_area() {
  return storage.area;
}

void ReturnArea::clear() {
  std::memset(words, 0, sizeof words);
  // Assignment from a temporary gives the memory back; clear() would keep the capacity.
  error = std::string();
  state.reset();
  value.reset();
}

void ReturnArea::put_span(size_t at, std::string_view bytes) {
  words[at] = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(bytes.data()));
  words[at + 1] = static_cast<uint32_t>(bytes.size());
}

void ReturnArea::put_option(size_t at, const std::optional<std::string>& bytes) {
  words[at] = bytes.has_value();
  if (bytes) put_span(at + 1, *bytes);
}

void* ReturnArea::put_error(std::string text) {
  error = std::move(text);
  if (utf8_prefix(error) != error.size()) error = utf8_repaired(error);
  words[0] = 1;
  put_span(1, error);
  return words;
}

void ReturnArea::put_state(std::optional<std::string> bytes) {
  state = std::move(bytes);
  put_option(1, state);
}

}  // namespace theater::detail

using theater::detail::die;

extern "C" __attribute__((export_name("cabi_realloc"))) void* cabi_realloc(void* old,
                                                                           size_t old_size,
                                                                           size_t align,
                                                                           size_t new_size) {
  // An empty list needs an address that is aligned, not memory.
  if (new_size == 0) return reinterpret_cast<void*>(align);
  // malloc aligns to 16 bytes, more than any value of the canonical ABI needs.
  void* memory = std::realloc(old_size == 0 ? nullptr : old, new_size);
  if (!memory) die("out of memory");
  return memory;
}

void* operator new(size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (!memory) die("out of memory");
  return memory;
}

void* operator new(size_t size, std::align_val_t align) {
  auto alignment = static_cast<size_t>(align);
  void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!memory) die("out of memory");
  return memory;
}

void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new[](size_t size) {
  return operator new(size);
}
void* operator new[](size_t size, std::align_val_t align) {
  return operator new(size, align);
}
void* operator new[](size_t size, const std::nothrow_t& tag) noexcept {
  return operator new(size, tag);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

// libc++ calls it in place of a throw; its own prints, and would bring printf into every actor.
_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char* format, ...)
#if _LIBCPP_VERSION >= 200000
    _NOEXCEPT
#endif
{
  // The formats of libc++ hold %s and %d. A buffer of fixed size: memory may be what there is none
  // of.
  static char text[256];
  size_t size = 0;
  auto put = [&](const char* from) {
    for (; *from != 0 && size < sizeof text - 1; ++from)
      text[size++] = *from;
  };
  va_list arguments;
  va_start(arguments, format);
  for (; *format != 0; ++format) {
    char digits[12] = {*format};
    if (format[0] != '%' || (format[1] != 's' && format[1] != 'd')) {
      put(digits);
    } else if (*++format == 's') {
      put(va_arg(arguments, const char*));
    } else {
      *to_chars(digits, digits + sizeof digits - 1, va_arg(arguments, int)).ptr = 0;
      put(digits);
    }
  }
  va_end(arguments);
  die(text);
}
_LIBCPP_END_NAMESPACE_STD

extern "C" {

[[noreturn]] void __cxa_pure_virtual() {
  die("a pure virtual function was called");
}
[[noreturn]] void __stack_chk_fail() {
  die("the stack was overrun");
}
uintptr_t __stack_chk_guard = 0x5bd1e995;
void abort() {
  die("the actor aborted");
}

// Static destructors never run.
int __cxa_atexit(void (*)(void*), void*, void*) {
  return 0;
}

// Preview 1, by the names that wasi-libc calls it by. Errno 52 is NOSYS; 8 is BADF, by which libc
// finds that there are no files.
#define THEATER_REFUSE(name, errno, ...)                          \
  int32_t __imported_wasi_snapshot_preview1_##name(__VA_ARGS__) { \
    return errno;                                                 \
  }
THEATER_REFUSE(args_get, 0, int32_t, int32_t)
THEATER_REFUSE(environ_get, 0, int32_t, int32_t)
THEATER_REFUSE(clock_res_get, 52, int32_t, int32_t)
THEATER_REFUSE(fd_close, 8, int32_t)
THEATER_REFUSE(fd_fdstat_get, 8, int32_t, int32_t)
THEATER_REFUSE(fd_fdstat_set_flags, 8, int32_t, int32_t)
THEATER_REFUSE(fd_filestat_get, 8, int32_t, int32_t)
THEATER_REFUSE(fd_prestat_get, 8, int32_t, int32_t)
THEATER_REFUSE(fd_prestat_dir_name, 8, int32_t, int32_t, int32_t)
THEATER_REFUSE(fd_read, 8, int32_t, int32_t, int32_t, int32_t)
THEATER_REFUSE(fd_readdir, 8, int32_t, int32_t, int32_t, int64_t, int32_t)
THEATER_REFUSE(fd_seek, 8, int32_t, int64_t, int32_t, int32_t)
THEATER_REFUSE(path_filestat_get, 52, int32_t, int32_t, int32_t, int32_t, int32_t)
THEATER_REFUSE(path_open, 52, int32_t, int32_t, int32_t, int32_t, int32_t, int64_t, int64_t,
               int32_t, int32_t)
THEATER_REFUSE(path_remove_directory, 52, int32_t, int32_t, int32_t)
THEATER_REFUSE(path_unlink_file, 52, int32_t, int32_t, int32_t)
THEATER_REFUSE(poll_oneoff, 52, int32_t, int32_t, int32_t, int32_t)
THEATER_REFUSE(random_get, 52, int32_t, int32_t)
THEATER_REFUSE(sched_yield, 52)
#undef THEATER_REFUSE

// No arguments and no environment; a refusal would make libc exit.
static int32_t write_zeros(int32_t count, int32_t size) {
  *reinterpret_cast<uint32_t*>(count) = 0;
  *reinterpret_cast<uint32_t*>(size) = 0;
  return 0;
}
int32_t __imported_wasi_snapshot_preview1_args_sizes_get(int32_t count, int32_t size) {
  return write_zeros(count, size);
}
int32_t __imported_wasi_snapshot_preview1_environ_sizes_get(int32_t count, int32_t size) {
  return write_zeros(count, size);
}

// What is printed is dropped, and counts as written: a stray printf is no reason to end. The vector
// is of (address, length) pairs.
int32_t __imported_wasi_snapshot_preview1_fd_write(int32_t, int32_t vector, int32_t count,
                                                   int32_t written) {
  uint32_t total = 0;
  for (int32_t i = 0; i < count; ++i)
    total += reinterpret_cast<const uint32_t*>(vector)[2 * i + 1];
  *reinterpret_cast<uint32_t*>(written) = total;
  return 0;
}

// libc's time() does not look at the error, and would answer with nonsense.
[[noreturn]] int32_t __imported_wasi_snapshot_preview1_clock_time_get(int32_t, int64_t, int32_t) {
  die("an actor has no clock of its own: use theater::get_current_time()");
}

[[noreturn]] void __imported_wasi_snapshot_preview1_proc_exit(int32_t) {
  die("the actor called exit");
}

}  // extern "C"
