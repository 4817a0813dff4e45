# The public headers: those outside ops' inner folders whose opening comment does not say "Internal to", as
# tests/check_structure.py has it. They are installed, backflow.h includes them all, and the target
# all_verify_interface_header_sets compiles each one alone.
file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
     ${PROJECT_SOURCE_DIR}/graph/*.h ${PROJECT_SOURCE_DIR}/ops/*.h ${PROJECT_SOURCE_DIR}/runtime/*.h)
list(FILTER headers EXCLUDE REGEX "^ops/(detail|kernels|onednn)/")
set(public)
set(includes "// All of backflow.\n#pragma once\n\n")
foreach(header ${headers})
  file(READ ${PROJECT_SOURCE_DIR}/${header} text)
  string(REGEX MATCH "^(//[^\n]*\n)*" opening "${text}")
  if(NOT opening MATCHES "Internal to")
    list(APPEND public ${include}/backflow/${header})
    string(APPEND includes "#include <backflow/${header}>\n")
  endif()
endforeach()
file(CONFIGURE OUTPUT ${include}/backflow/backflow.h CONTENT "${includes}" @ONLY)
list(APPEND public ${include}/backflow/backflow.h)

add_library(backflow_headers INTERFACE)
target_sources(backflow_headers INTERFACE FILE_SET HEADERS BASE_DIRS ${include} FILES ${public})
target_compile_features(backflow_headers INTERFACE cxx_std_20)
set_target_properties(backflow_headers PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
install(TARGETS backflow_headers FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
