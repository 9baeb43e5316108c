# How ctest runs the tests of a C++ program: in parts, each of which is one process (tests/run_part.py). A process for each
# test would spend much of its time on loading the program and, with a sanitizer, on setting up and looking for leaks.
#
# The preset `dev` runs each test by itself: ctest then knows their names, and a test that needs another one fails.

set(THEATER_FILES_PER_PART 0 CACHE STRING "Files of tests that one process runs the tests of; 0: each test by itself")

# theater_gtests(PROGRAM NAME FILES COUNT [TIMEOUT SECONDS] [ALONE FILE …]): the tests of PROGRAM, with COUNT source files.
# They are called NAME.<suite>.<test> or NAME.part-<i>-of-<n>, and their label is NAME. TIMEOUT is for each test. Each test
# of the files ALONE has a process of its own.
function(theater_gtests program)
  cmake_parse_arguments(PARSE_ARGV 1 args "" "NAME;FILES;TIMEOUT" "ALONE")
  theater_check_arguments()
  if(NOT args_TIMEOUT)
    set(args_TIMEOUT 900)
  endif()
  set(environment "THEATER_SOURCE_TREE=${PROJECT_SOURCE_DIR};THEATER_PYTHON=${Python3_EXECUTABLE}")
  if(THEATER_FILES_PER_PART EQUAL 0)
    # PRE_TEST asks the program for its tests when ctest runs, so that a build does not run what it made.
    gtest_discover_tests("${program}"
      DISCOVERY_MODE PRE_TEST
      DISCOVERY_TIMEOUT 60
      TEST_PREFIX "${args_NAME}."
      PROPERTIES LABELS "${args_NAME}" TIMEOUT "${args_TIMEOUT}" ENVIRONMENT "${environment}")
    return()
  endif()
  set(alone "")
  foreach(file IN LISTS args_ALONE)
    cmake_path(GET file FILENAME file)
    list(APPEND alone "${file}")
  endforeach()
  list(JOIN alone "," alone)
  math(EXPR parts "(${args_FILES} + ${THEATER_FILES_PER_PART} - 1) / ${THEATER_FILES_PER_PART}")
  foreach(part RANGE 1 ${parts})
    set(name "${args_NAME}.part-${part}-of-${parts}")
    add_test(NAME "${name}"
      COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tests/run_part.py" "$<TARGET_FILE:${program}>" ${part} ${parts}
        --name "${name}" --seconds-max "${args_TIMEOUT}" --alone "${alone}")
    set_tests_properties("${name}" PROPERTIES LABELS "${args_NAME}" TIMEOUT 1500 ENVIRONMENT "${environment}")
  endforeach()
endfunction()
