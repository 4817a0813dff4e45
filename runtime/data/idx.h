// Reader of IDX files, the format of MNIST: plain or gzip, elements of one byte.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow::data {

struct Idx {
  Shape shape;
  std::vector<std::uint8_t> data;  // row-major
};

/// Reads a file that must have `axes` axes. Throws an Error that names the file, what was found and what was expected.
/// Memory is taken as the bytes arrive, so sizes that the file does not hold cost nothing.
Idx read_idx(const std::filesystem::path& file, std::size_t axes);

}  // namespace backflow::data
