# Installs the library below the build directory, then configures, builds and runs the project that uses it.
# cmake -DBUILD=<build directory> -DSOURCE=<this folder> -DCONFIG=Release -P run.cmake
set(prefix ${BUILD}/consumer/installed)
file(REMOVE_RECURSE ${BUILD}/consumer)
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD}/consumer/build -DCMAKE_BUILD_TYPE=${CONFIG}
    -DCMAKE_PREFIX_PATH=${prefix})
run(${CMAKE_COMMAND} --build ${BUILD}/consumer/build)
run(${BUILD}/consumer/build/consumer)
