# Handlers from outside the tree. docs/handler-guide.md tells how one is written.
#
#   cmake --preset release -DTHEATER_EXTRA_HANDLERS="/path/to/dice;/path/to/weather"
#
# Each folder has a CMakeLists.txt that calls theater_handler() once. The program then has these handlers after
# its own, in the order in which they are listed.

set(THEATER_EXTRA_HANDLERS "" CACHE STRING "Folders of handlers from outside the tree, separated by semicolons")

# theater_handler(NAME dice SOURCES dice_handler.cc … LIBS … TESTS dice_test.cc …)
#
# The library theater_handler_<name>, with the test program theater_handler_<name>_test. One of the sources
# defines, with underscores for the dashes of the name, in the namespace theater:
#
#   std::unique_ptr<const Handler> make_<name>_handler(const HandlerSettings& settings);
function(theater_handler)
  cmake_parse_arguments(PARSE_ARGV 0 args "" "NAME" "SOURCES;LIBS;TESTS")
  theater_check_arguments()
  if(NOT args_NAME MATCHES "^[a-z][a-z0-9-]*$")
    message(FATAL_ERROR "`${args_NAME}` is no handler's name: small letters, digits and dashes, a letter first")
  endif()
  string(REPLACE "-" "_" plain "${args_NAME}")
  theater_module(NAME "handler_${plain}" SOURCES ${args_SOURCES} DEPS actor store LIBS ${args_LIBS}
    TESTS ${args_TESTS} TEST_LIBS theater_actor_testing)
  set_property(GLOBAL APPEND PROPERTY THEATER_HANDLERS_OF_FOLDERS "${plain}")
endfunction()

# theater_handler_folders(names FOLDER…): reads the folders, each once, and sets `names` to their handlers.
function(theater_handler_folders result)
  set(all)
  foreach(folder IN LISTS ARGN)
    get_filename_component(folder "${folder}" REALPATH BASE_DIR "${PROJECT_SOURCE_DIR}")
    if(NOT EXISTS "${folder}/CMakeLists.txt")
      message(FATAL_ERROR "THEATER_EXTRA_HANDLERS: there is no ${folder}/CMakeLists.txt")
    endif()
    string(SHA256 key "${folder}")
    get_property(names GLOBAL PROPERTY "THEATER_HANDLER_OF_${key}")
    if(NOT names)
      set_property(GLOBAL PROPERTY THEATER_HANDLERS_OF_FOLDERS "")
      string(SUBSTRING "${key}" 0 16 place)
      add_subdirectory("${folder}" "${PROJECT_BINARY_DIR}/handlers/${place}")
      get_property(names GLOBAL PROPERTY THEATER_HANDLERS_OF_FOLDERS)
      if(NOT names)
        message(FATAL_ERROR "${folder}/CMakeLists.txt does not call theater_handler()")
      endif()
      set_property(GLOBAL PROPERTY "THEATER_HANDLER_OF_${key}" "${names}")
    endif()
    list(APPEND all ${names})
  endforeach()
  set("${result}" "${all}" PARENT_SCOPE)
endfunction()

# theater_use_handlers(TARGET NAME…): gives the target the definition of add_extra_handlers()
# (src/theater/handlers/extra_handlers.h) that makes these handlers.
function(theater_use_handlers target)
  set(declared "")
  set(made "")
  foreach(name IN LISTS ARGN)
    string(APPEND declared
      "std::unique_ptr<const Handler> make_${name}_handler(const HandlerSettings& settings);\n")
    string(APPEND made "  handlers.push_back(make_${name}_handler(settings));\n")
    target_link_libraries("${target}" PRIVATE "theater_handler_${name}")
  endforeach()
  if(made STREQUAL "")
    set(made "  (void)settings;\n  (void)handlers;\n")
  endif()
  set(source "${PROJECT_BINARY_DIR}/handlers/${target}_extra_handlers.cc")
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT
"#include \"theater/handlers/extra_handlers.h\"

namespace theater {

@declared@
void add_extra_handlers(const HandlerSettings& settings, HandlerSet& handlers) {
@made@}

}  // namespace theater
")
  target_sources("${target}" PRIVATE "${source}")
endfunction()
