# Installs the library below the build directory, then configures, builds and runs the project that uses it: with -O0 and
# -O2, static and shared; a component that does not exist is refused. Then runs what is installed in bin/.
# cmake -DBUILD=<build directory> -DROOT=<the source tree> -DSOURCE=<this folder> -DCONFIG=Release -P run.cmake
set(prefix ${BUILD}/consumer/installed)
file(REMOVE_RECURSE ${BUILD}/consumer)
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()
run(${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG} --prefix ${prefix})
foreach(shared OFF ON)
  foreach(level 0 2)
    set(build ${BUILD}/consumer/shared_${shared}_O${level})
    run(${CMAKE_COMMAND} -G Ninja -S ${SOURCE} -B ${build} -DCMAKE_BUILD_TYPE= -DCMAKE_CXX_FLAGS=-O${level}
        -DBUILD_SHARED_LIBS=${shared} -DCMAKE_PREFIX_PATH=${prefix})
    run(${CMAKE_COMMAND} --build ${build})
    run(${build}/consumer)
  endforeach()
endforeach()

file(WRITE ${BUILD}/consumer/wrong/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)
project(wrong LANGUAGES CXX)
find_package(backflow REQUIRED COMPONENTS framework)
")
execute_process(COMMAND ${CMAKE_COMMAND} -G Ninja -S ${BUILD}/consumer/wrong -B ${BUILD}/consumer/wrong/build
                        -DCMAKE_PREFIX_PATH=${prefix} RESULT_VARIABLE result ERROR_VARIABLE message OUTPUT_QUIET)
if(result EQUAL 0 OR NOT message MATCHES "no component 'framework'")
  message(FATAL_ERROR "A component that does not exist was not refused: ${message}")
endif()

# Somebody's project that contains ours: neither tests, nor programs, nor warnings as errors.
file(WRITE ${BUILD}/consumer/contains/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)
project(contains LANGUAGES CXX)
add_subdirectory(${ROOT} backflow)
add_executable(program ${SOURCE}/main.cpp)
target_link_libraries(program PRIVATE backflow::backflow)
")
run(${CMAKE_COMMAND} -G Ninja -S ${BUILD}/consumer/contains -B ${BUILD}/consumer/contains/build
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)
file(READ ${BUILD}/consumer/contains/build/compile_commands.json commands)
foreach(unwanted -Werror /tests/ops/ /examples/apps/)
  if(commands MATCHES "${unwanted}")
    message(FATAL_ERROR "A project that contains ours also builds ${unwanted}")
  endif()
endforeach()

file(GLOB_RECURSE internal ${prefix}/include/backflow/*onednn* ${prefix}/include/backflow/runtime/compile/*)
if(internal)
  message(FATAL_ERROR "Internal headers are installed: ${internal}")
endif()
if(EXISTS ${prefix}/bin/train)
  foreach(program train dream classify)
    run(${prefix}/bin/${program} --version)
  endforeach()
endif()
