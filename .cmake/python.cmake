# The interpreter for which the Python module is built, and the option BACKFLOW_PYTHON. Debian's own Python is the one
# that has Debian's NumPy and PyTorch; another that stands first in PATH (pyenv, conda) would not.
if(NOT DEFINED Python3_EXECUTABLE AND EXISTS /usr/bin/python3)
  set(Python3_EXECUTABLE /usr/bin/python3 CACHE FILEPATH "Python for the module")
endif()
set(PYBIND11_FINDPYTHON ON)
find_package(Python3 COMPONENTS Interpreter OPTIONAL_COMPONENTS Development.Module NumPy)
find_package(pybind11 2.10 QUIET)

set(BACKFLOW_PYTHON_POSSIBLE OFF)
if(pybind11_FOUND AND Python3_Development.Module_FOUND AND Python3_NumPy_FOUND AND NOT BACKFLOW_SANITIZE)
  set(BACKFLOW_PYTHON_POSSIBLE ON)
endif()
if(PROJECT_IS_TOP_LEVEL)
  option(BACKFLOW_PYTHON "Build the Python module" ${BACKFLOW_PYTHON_POSSIBLE})
endif()
if(BACKFLOW_PYTHON AND NOT BACKFLOW_PYTHON_POSSIBLE)
  message(FATAL_ERROR "BACKFLOW_PYTHON needs pybind11-dev, python3-dev and python3-numpy, and no BACKFLOW_SANITIZE")
endif()
