# Language, warnings, sanitizers and the linker, for every target below.

set(THEATER_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")
set(THEATER_WITHOUT_TESTS_OF "" CACHE STRING "Modules whose tests are not built; e2e for those of whole programs")
option(THEATER_STRIP "Keep the debug information of programs in a file beside each" OFF)
option(THEATER_WERROR "Warnings are errors" OFF)
option(THEATER_FUZZ "Build the fuzzers in place of tests and benchmarks (needs clang)" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# g++ 12 has no modules worth scanning for.
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

if(THEATER_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "The fuzzers need clang: use the preset `fuzz`.")
  endif()
  set(BUILD_TESTING OFF)
endif()

# On an interface target and not global, so that what a test fetches or generates may opt out.
add_library(theater_warnings INTERFACE)
target_compile_options(theater_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
  # Only the fields that matter are named in designated initialisers; the rest keep their defaults.
  -Wno-missing-field-initializers
  $<$<BOOL:${THEATER_WERROR}>:-Werror>)
if(THEATER_UNITY GREATER 1 AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A source that is included in a unit looks like a header to this warning.
  target_compile_options(theater_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
endif()

add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)

if(THEATER_SANITIZE)
  add_compile_options("-fsanitize=${THEATER_SANITIZE}" -fno-omit-frame-pointer)
  add_link_options("-fsanitize=${THEATER_SANITIZE}")
  if(THEATER_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The tables of what is checked hold 800,000 addresses. A program that may lie anywhere has them to correct at each
    # start, which is a third of the 50 ms that a start takes; the tests of whole programs start thousands.
    add_link_options(-no-pie)
  endif()
  if(THEATER_SANITIZE MATCHES "undefined")
    # Without these three it compiles twice as fast, and the address sanitizer finds nearly all that
    # they would: the use of a null pointer, or of an object as if it were another.
    add_compile_options(-fno-sanitize-recover=undefined -fno-sanitize=null,alignment,vptr)
  endif()
  if(THEATER_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ warns of every std::atomic_thread_fence, Asio's among them.
    add_compile_options(-Wno-tsan)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ is often wrong about uninitialized memory in code that is instrumented; the other builds
    # have that warning.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  add_compile_definitions("THEATER_SANITIZE=\"${THEATER_SANITIZE}\"")
endif()
if(THEATER_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# The engine's archive is large, and lld links it several times faster than ld. g++ looks for a program
# called ld.lld; Debian's package has only ld.lld-19, so it gets a link by that name in the build tree.
find_program(THEATER_LLD NAMES ld.lld-19 ld.lld)
mark_as_advanced(THEATER_LLD)
if(THEATER_LLD)
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/linker")
  file(CREATE_LINK "${THEATER_LLD}" "${PROJECT_BINARY_DIR}/linker/ld.lld" SYMBOLIC)
  add_link_options("-B${PROJECT_BINARY_DIR}/linker" -fuse-ld=lld)
endif()
