# ccache, if it is installed: what was compiled once, in whichever clone on this machine, is not compiled again.
#
# A clone at another path finds what this one compiled because nothing that is compared holds the path of the tree:
# CCACHE_BASEDIR makes the paths of a command relative, and the debug information names files relative to the tree.

if(CMAKE_CXX_COMPILER_LAUNCHER)
  return()
endif()
find_program(THEATER_CCACHE ccache)
mark_as_advanced(THEATER_CCACHE)
if(NOT THEATER_CCACHE)
  return()
endif()

# Beside the engine's cache, so that one variable moves both (tools/build-engine).
if(DEFINED ENV{THEATER_CACHE_DIR})
  set(theater_cache "$ENV{THEATER_CACHE_DIR}")
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(theater_cache "$ENV{XDG_CACHE_HOME}/theater")
else()
  set(theater_cache "$ENV{HOME}/.cache/theater")
endif()

# pch_defines and time_macros: ccache keeps nothing that was compiled with precompiled headers otherwise. The limit holds
# some twenty builds of every preset.
set(theater_compile "${CMAKE_COMMAND}" -E env "CCACHE_DIR=${theater_cache}/ccache" CCACHE_MAXSIZE=4G
  "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 CCACHE_COMPILERCHECK=content
  "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime" "${THEATER_CCACHE}")
set(CMAKE_C_COMPILER_LAUNCHER ${theater_compile})
set(CMAKE_CXX_COMPILER_LAUNCHER ${theater_compile})
add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")
