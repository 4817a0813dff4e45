# backflow_unity(TARGET [FOLDERS]): with BACKFLOW_UNITY, compiles up to 10 sources of a folder as one. FOLDERS is a pattern
# of folders; without it all are taken. There, a name in an anonymous namespace may be used once in a folder: a second one
# is an error of the compiler.
function(backflow_unity target)
  if(NOT BACKFLOW_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # It takes every source for a header, whose types should not depend on an anonymous namespace.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    cmake_path(GET source PARENT_PATH folder)
    if(ARGC GREATER 1 AND NOT folder MATCHES "^(${ARGV1})$")
      continue()
    endif()
    string(MAKE_C_IDENTIFIER ${folder} group)
    list(APPEND ${group} ${source})
    list(LENGTH ${group} count)
    math(EXPR part "(${count} - 1) / 10")
    set_source_files_properties(${PROJECT_SOURCE_DIR}/${source} PROPERTIES UNITY_GROUP ${group}_${part})
  endforeach()
endfunction()
