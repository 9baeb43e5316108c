# theater_embed_templates(TARGET): gives the target a source with the files of templates/ in it, as
# src/theater/cli/toolchain/templates.h declares them.
function(theater_embed_templates target)
  set(rows "")
  # LIST_DIRECTORIES is false by default, and files whose names begin with a dot are found too.
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/templates/*")
  list(SORT files)
  foreach(path IN LISTS files)
    if(path STREQUAL "templates/README.md")
      continue()
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${path}")
    file(READ "${PROJECT_SOURCE_DIR}/${path}" text)
    string(APPEND rows "    {\"${path}\", R\"__file__(${text})__file__\"},\n")
  endforeach()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/templates.cc")
  set(text "#include \"theater/cli/toolchain/templates.h\"

namespace theater::cli {

namespace {

constexpr TemplateFile kFiles[] = {
${rows}};

}  // namespace

std::span<const TemplateFile> template_files() {
  return kFiles;
}

}  // namespace theater::cli
")
  # Written only if it differs. One variable, whose value is not looked into.
  file(CONFIGURE OUTPUT "${source}" CONTENT "@text@" @ONLY)
  target_sources("${target}" PRIVATE "${source}")
endfunction()
