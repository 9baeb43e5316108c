# Unity builds: several sources of a target are compiled as one, so that the headers they share are read once. A build of
# everything then takes a fifth of the processor time. The preset `dev` compiles each source by itself, so that a missing
# include is noticed.
#
# CMake's own UNITY_BUILD writes absolute paths into its units, which ccache cannot find again in a clone at another path.

set(THEATER_UNITY 0 CACHE STRING "How many sources are compiled as one; 0: each by itself")

# theater_unity(RESULT TARGET SOURCE…): sets RESULT to what the target must compile in place of these sources. Units of a
# target are of about the same size, and keep the order of the sources. They name a source relative to src/, or to the
# folder theater_unity_root if the caller set it; the target has that folder among its include directories.
function(theater_unity result target)
  list(LENGTH ARGN count)
  if(THEATER_UNITY LESS 2 OR count LESS 2)
    set("${result}" "${ARGN}" PARENT_SCOPE)
    return()
  endif()
  if(NOT theater_unity_root)
    set(theater_unity_root "${PROJECT_SOURCE_DIR}/src")
  endif()
  math(EXPR units "(${count} + ${THEATER_UNITY} - 1) / ${THEATER_UNITY}")
  math(EXPR per_unit "(${count} + ${units} - 1) / ${units}")
  set(made)
  set(text "")
  set(in_unit 0)
  foreach(source IN LISTS ARGN)
    file(RELATIVE_PATH path "${theater_unity_root}" "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
    string(APPEND text "#include \"${path}\"\n")
    math(EXPR in_unit "${in_unit} + 1")
    math(EXPR count "${count} - 1")
    if(in_unit EQUAL per_unit OR count EQUAL 0)
      list(LENGTH made number)
      set(unit "${PROJECT_BINARY_DIR}/unity/${target}_${number}.cc")
      file(CONFIGURE OUTPUT "${unit}" CONTENT "${text}" @ONLY)
      list(APPEND made "${unit}")
      set(text "")
      set(in_unit 0)
    endif()
  endforeach()
  set("${result}" "${made}" PARENT_SCOPE)
endfunction()
