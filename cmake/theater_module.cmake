# How modules, programs, fuzzers and benchmarks are declared. DEPS are names of modules, LIBS are targets.

# theater_depends(TARGET SCOPE MODULE…): links modules, all of which must come before in the module order.
function(theater_depends target scope)
  foreach(module IN LISTS ARGN)
    if(NOT TARGET "theater_${module}")
      message(FATAL_ERROR
        "${target}: DEPS names `${module}`, which is no module before it in the order of CMakeLists.txt.")
    endif()
    target_link_libraries("${target}" "${scope}" "theater_${module}")
  endforeach()
endfunction()

function(theater_check_arguments)
  if(args_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "no keyword before: ${args_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT args_NAME)
    message(FATAL_ERROR "NAME is missing")
  endif()
endfunction()

# theater_module(NAME base SOURCES a.cc … DEPS wit … LIBS fmt::fmt … TESTS a_test.cc …
#   TESTS_OF_ONE_THREAD b_test.cc … TESTS_THAT_FORK c_test.cc …)
#
# The library theater_<name>, included as "theater/<name>/…". All TESTS become one program
# theater_<name>_test, which ctest runs under the label <name>. TEST_LIBS are for the tests alone. A module that
# THEATER_WITHOUT_TESTS_OF names gets no such program.
#
# TESTS_OF_ONE_THREAD are files whose tests start no thread, so that the thread sanitizer has nothing to find in them and
# leaves them out. A file that starts one, or calls what does, stands under TESTS.
#
# TESTS_THAT_FORK are files whose tests fork children that start threads. Each of these tests has a process of its own: the
# thread sanitizer lets no child of a process with threads start any.
function(theater_module)
  cmake_parse_arguments(PARSE_ARGV 0 args "" "NAME"
    "SOURCES;DEPS;LIBS;TESTS;TESTS_OF_ONE_THREAD;TESTS_THAT_FORK;TEST_LIBS")
  theater_check_arguments()
  list(APPEND args_TESTS ${args_TESTS_THAT_FORK})
  if(NOT THEATER_SANITIZE STREQUAL "thread")
    list(APPEND args_TESTS ${args_TESTS_OF_ONE_THREAD})
  endif()
  set(target "theater_${args_NAME}")

  if(args_SOURCES)
    theater_unity(sources "${target}" ${args_SOURCES})
    add_library("${target}" STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries("${target}" PRIVATE theater_warnings)
    theater_precompile("${target}" theater_precompiled)
  else()
    add_library("${target}" INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories("${target}" "${scope}" "${PROJECT_SOURCE_DIR}/src")
  theater_depends("${target}" "${scope}" ${args_DEPS})
  target_link_libraries("${target}" "${scope}" ${args_LIBS} Threads::Threads)

  if(args_TESTS AND BUILD_TESTING AND NOT args_NAME IN_LIST THEATER_WITHOUT_TESTS_OF)
    theater_unity(sources "${target}_test" ${args_TESTS})
    add_executable("${target}_test" ${sources})
    target_link_libraries("${target}_test" PRIVATE
      "${target}" ${args_TEST_LIBS} theater_warnings rapidcheck GTest::gmock_main GTest::gmock GTest::gtest)
    theater_precompile("${target}_test" theater_precompiled_tests)
    list(LENGTH args_TESTS files)
    theater_gtests("${target}_test" NAME "${args_NAME}" FILES ${files} ALONE ${args_TESTS_THAT_FORK})
  endif()
endfunction()

# theater_executable(NAME theater SOURCES main.cc … DEPS api …): a program in the build folder.
function(theater_executable)
  cmake_parse_arguments(PARSE_ARGV 0 args "" "NAME" "SOURCES;DEPS;LIBS")
  theater_check_arguments()
  add_executable("${args_NAME}" ${args_SOURCES})
  set_target_properties("${args_NAME}" PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  target_include_directories("${args_NAME}" PRIVATE "${PROJECT_SOURCE_DIR}/src")
  theater_depends("${args_NAME}" PRIVATE ${args_DEPS})
  target_link_libraries("${args_NAME}" PRIVATE ${args_LIBS} theater_warnings Threads::Threads)
  if(THEATER_STRIP)
    # Debuggers and perf find the file by the link in the program.
    set(program "$<TARGET_FILE:${args_NAME}>")
    add_custom_command(TARGET "${args_NAME}" POST_BUILD
      COMMAND "${CMAKE_OBJCOPY}" --only-keep-debug "${program}" "${program}.debug"
      COMMAND "${CMAKE_OBJCOPY}" --strip-debug "--add-gnu-debuglink=${program}.debug" "${program}"
      VERBATIM)
  endif()
endfunction()

# theater_benchmark(NAME chain SOURCES chain_bench.cc DEPS log …): build/<preset>/bench/<name>. A source names itself as a
# `Benchmark` (bench/benchmark.h). A build with tests makes one program of all: theater_benchmarks_together().
function(theater_benchmark)
  cmake_parse_arguments(PARSE_ARGV 0 args "" "NAME" "SOURCES;DEPS;LIBS")
  theater_check_arguments()
  foreach(kind IN ITEMS SOURCES DEPS LIBS)
    set_property(TARGET theater_benchmarks APPEND PROPERTY "THEATER_${kind}" ${args_${kind}})
  endforeach()
  if(THEATER_FUZZ OR THEATER_SANITIZE OR BUILD_TESTING)
    return()
  endif()
  set(target "${args_NAME}_bench")
  theater_executable(NAME "${target}" SOURCES ${args_SOURCES} $<TARGET_OBJECTS:theater_benchmark_main> DEPS ${args_DEPS}
    LIBS ${args_LIBS} benchmark::benchmark)
  set_target_properties("${target}" PROPERTIES
    OUTPUT_NAME "${args_NAME}" RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
  add_dependencies(theater_benchmarks "${target}")
endfunction()

# theater_benchmarks_together(): in a build with tests, build/<preset>/bench/benchmarks from the sources of all benchmarks,
# compiled in units. Its first argument names the benchmark to run.
function(theater_benchmarks_together)
  if(THEATER_FUZZ OR THEATER_SANITIZE OR NOT BUILD_TESTING)
    return()
  endif()
  foreach(kind IN ITEMS SOURCES DEPS LIBS)
    get_target_property("${kind}" theater_benchmarks "THEATER_${kind}")
    list(REMOVE_DUPLICATES "${kind}")
  endforeach()
  set(theater_unity_root "${CMAKE_CURRENT_SOURCE_DIR}")
  theater_unity(units benchmarks main.cc ${SOURCES})
  theater_executable(NAME benchmarks SOURCES ${units} DEPS ${DEPS} LIBS ${LIBS} benchmark::benchmark)
  target_include_directories(benchmarks PRIVATE "${theater_unity_root}")
  set_target_properties(benchmarks PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
  add_dependencies(theater_benchmarks benchmarks)
endfunction()

# theater_fuzzer(NAME event SOURCES event_fuzz.cc DEPS log …): build/fuzz/fuzz/<name>_fuzz, with
# LLVMFuzzerTestOneInput in a source. Seeds are taken from fuzz/corpus/<name>.
function(theater_fuzzer)
  cmake_parse_arguments(PARSE_ARGV 0 args "" "NAME" "SOURCES;DEPS;LIBS")
  theater_check_arguments()
  if(NOT THEATER_FUZZ)
    return()
  endif()
  set(target "${args_NAME}_fuzz")
  theater_executable(NAME "${target}" SOURCES ${args_SOURCES} DEPS ${args_DEPS} LIBS ${args_LIBS})
  set_target_properties("${target}" PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
  target_link_options("${target}" PRIVATE -fsanitize=fuzzer)
  add_dependencies(theater_fuzzers "${target}")
endfunction()

if(THEATER_FUZZ)
  add_custom_target(theater_fuzzers)
endif()
add_custom_target(theater_benchmarks)
