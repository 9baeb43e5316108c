# The target theater_engine_rs: the archive that cargo makes of engine/, and its C header.

set(THEATER_ENGINE_PROFILE "release" CACHE STRING "Cargo profile of the engine: release or release-lto")
set_property(CACHE THEATER_ENGINE_PROFILE PROPERTY STRINGS release release-lto)

set(theater_engine_dir "${PROJECT_BINARY_DIR}/engine-${THEATER_ENGINE_PROFILE}")
set(theater_engine_archive "${theater_engine_dir}/libtheater_engine.a")

# A custom target runs in every build, so that a changed Rust source is seen without listing the sources
# here; when nothing changed it takes milliseconds and leaves the archive's time stamp alone.
add_custom_target(theater_engine_build
  COMMAND "${PROJECT_SOURCE_DIR}/tools/build-engine" --quiet "${THEATER_ENGINE_PROFILE}" "${theater_engine_dir}"
  BYPRODUCTS "${theater_engine_archive}"
  COMMENT "Engine (${THEATER_ENGINE_PROFILE})"
  USES_TERMINAL
  VERBATIM)

add_library(theater_engine_rs STATIC IMPORTED GLOBAL)
set_target_properties(theater_engine_rs PROPERTIES IMPORTED_LOCATION "${theater_engine_archive}")
target_link_libraries(theater_engine_rs INTERFACE Threads::Threads ${CMAKE_DL_LIBS} m)
add_dependencies(theater_engine_rs theater_engine_build)
# CMake insists that an imported target's folder of headers exists.
if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/engine/include")
  target_include_directories(theater_engine_rs INTERFACE "${PROJECT_SOURCE_DIR}/engine/include")
endif()
