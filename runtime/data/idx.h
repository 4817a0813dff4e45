// Reader of IDX files, the format of MNIST: plain or gzip.
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

/// Whether the file begins as an IDX file does.
bool is_idx(const std::filesystem::path& file);

/// Reads a file of bytes that must have `axes` axes. Throws an Error that names the file, what was found and what was
/// expected. Memory is taken as the bytes arrive, so sizes that the file does not hold cost nothing.
Idx read_idx(const std::filesystem::path& file, std::size_t axes);

/// Reads a file of labels, [N]: bytes, big-endian 32-bit numbers, or the rows of 8 of them that QMNIST has
/// (https://github.com/facebookresearch/qmnist), whose first one is the class. Throws an Error as read_idx() does, and
/// for a label that is not 0 … 65535.
std::vector<std::int32_t> read_idx_labels(const std::filesystem::path& file);

}  // namespace backflow::data
