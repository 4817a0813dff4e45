# A Debian package of all that is installed: the presets `package` configure it for /usr, build and pack it. It runs on the
# release of Debian on which it was made.
set(CPACK_PACKAGE_NAME backflow)
set(CPACK_PACKAGE_CONTACT "The backflow developers <backflow@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "dataflow runtime that trains neural networks on CPUs")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "train, dream, classify, predict and explain train networks on images and tables, optimize pictures for what a
network sees in them, name what is in photos and show why, and predict rows. Headers, libraries and a CMake package for programs in C++,
and a module for Python, do the same and more. Same seed, same bits, at any number of threads.")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_STRIP_FILES ON)
# What is linked is found by dpkg-shlibdeps. The headers include those of spdlog and Random123.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libspdlog-dev, librandom123-dev")
if(BACKFLOW_PYTHON)
  math(EXPR next "${Python3_VERSION_MINOR} + 1")
  string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", python3 (>= 3.${Python3_VERSION_MINOR}), python3 (<< 3.${next}), python3-numpy")
endif()
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "dataset-fashion-mnist, graphviz")
# Of programs that link the static library.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libdnnl-dev, ocl-icd-opencl-dev, libtbb-dev, nlohmann-json3-dev, zlib1g-dev, libpng-dev, \
libturbojpeg0-dev, libwebp-dev, libgif-dev, libonnx-dev, libprotobuf-dev, protobuf-compiler")
include(CPack)
