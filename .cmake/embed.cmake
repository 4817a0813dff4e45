# backflow_embed(OUTPUT HEADER NAME FILE …): writes a source that defines each NAME, declared in HEADER, as the text of its
# FILE. Made when CMake configures, and again when a file changes.
function(backflow_embed output header)
  set(text "#include \"${header}\"\n\nnamespace backflow {\n\n")
  while(ARGN)
    list(POP_FRONT ARGN name file)
    file(READ ${file} content)
    string(APPEND text "const std::string_view ${name} = R\"embedded(${content})embedded\";\n\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endwhile()
  string(APPEND text "}  // namespace backflow\n")
  file(CONFIGURE OUTPUT ${output} CONTENT "${text}" @ONLY)
endfunction()
