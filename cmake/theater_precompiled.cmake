# Headers that nearly every file reads, compiled once for all modules and once for all their tests: it saves
# 1 to 3 of the 4 to 18 seconds of a file. The release and the fuzzers go without, so that a file that forgot
# to include what it uses is noticed.

option(THEATER_PRECOMPILED "Compile what nearly every file includes once" OFF)

# theater_precompile(TARGET OF): the target gets what was precompiled for the target `OF`.
function(theater_precompile target of)
  if(THEATER_PRECOMPILED)
    target_precompile_headers("${target}" REUSE_FROM "${of}")
  endif()
endfunction()

if(THEATER_PRECOMPILED)
  set(theater_common_headers
    <algorithm> <array> <atomic> <bit> <chrono> <compare> <concepts> <condition_variable> <deque> <filesystem>
    <functional> <initializer_list> <limits> <map> <memory> <mutex> <optional> <random> <set> <span> <sstream>
    <string> <string_view> <thread> <tuple> <unordered_map> <unordered_set> <utility> <variant> <vector>
    <fmt/format.h> <tl/expected.hpp>)

  # Headers are compiled for the sources of a target, so each has one.
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/precompiled.cc" CONTENT "")

  add_library(theater_precompiled OBJECT "${PROJECT_BINARY_DIR}/precompiled.cc")
  target_link_libraries(theater_precompiled PRIVATE
    theater_warnings fmt::fmt tl::expected Threads::Threads)
  target_precompile_headers(theater_precompiled PRIVATE ${theater_common_headers})

  if(BUILD_TESTING)
    # A program, since tests are: their code is addressed in another way than a library's.
    add_executable(theater_precompiled_tests EXCLUDE_FROM_ALL "${PROJECT_BINARY_DIR}/precompiled_tests.cc")
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/precompiled_tests.cc" CONTENT "int main() {}\n")
    target_link_libraries(theater_precompiled_tests PRIVATE
      theater_warnings fmt::fmt tl::expected Threads::Threads GTest::gmock GTest::gtest)
    target_precompile_headers(theater_precompiled_tests PRIVATE
      ${theater_common_headers} <gmock/gmock.h> <gtest/gtest.h>)
  endif()

  # ccache keeps nothing that was compiled with precompiled headers without it.
  add_compile_options("$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>")
endif()
