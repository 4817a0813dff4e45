# The tests `structure`, `format` and `clang`, and the target `tidy`.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME structure COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tests/check_structure.py
                                ${PROJECT_SOURCE_DIR})
set_tests_properties(structure PROPERTIES LABELS lint)

# Another version formats a few lines otherwise.
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format)
if(CLANG_FORMAT)
  execute_process(COMMAND ${CLANG_FORMAT} --version OUTPUT_VARIABLE version)
endif()
if(version MATCHES "version 14")
  set(rooms graph ops runtime examples tests)
  list(TRANSFORM rooms PREPEND ${PROJECT_SOURCE_DIR}/)
  list(TRANSFORM rooms APPEND /*.h OUTPUT_VARIABLE headers)
  list(TRANSFORM rooms APPEND /*.cpp OUTPUT_VARIABLE sources)
  file(GLOB_RECURSE formatted CONFIGURE_DEPENDS ${headers} ${sources})
  add_test(NAME format COMMAND ${CLANG_FORMAT} --dry-run --Werror ${formatted})
  set_tests_properties(format PROPERTIES LABELS lint)
else()
  message(STATUS "The format is not checked: clang-format 14 was not found")
endif()

# The library's syntax for another compiler.
find_program(CLANG NAMES clang++-19 clang++-14 clang++)
if(CLANG AND CMAKE_EXPORT_COMPILE_COMMANDS AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_test(NAME clang COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tests/check_clang.py ${CLANG}
                              ${PROJECT_BINARY_DIR})
  set_tests_properties(clang PROPERTIES LABELS lint)
else()
  message(STATUS "The library is not compiled with clang: clang++ was not found")
endif()

# clang-tidy over every C++ file, a few seconds for each; needs BACKFLOW_UNITY=OFF, so that each file is compiled alone.
find_program(RUN_CLANG_TIDY NAMES run-clang-tidy)
if(RUN_CLANG_TIDY)
  add_custom_target(tidy COMMAND ${RUN_CLANG_TIDY} -quiet -p ${PROJECT_BINARY_DIR}
                                 "${PROJECT_SOURCE_DIR}/(graph|ops|runtime|examples|tests)/.*[.]cpp"
                                 USES_TERMINAL VERBATIM)
endif()
