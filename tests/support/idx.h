// Small IDX files for tests, plain and gzip.
#pragma once

#include <zlib.h>

#include <filesystem>
#include <string>

#include <backflow/graph/spec.h>
#include "tests/support/files.h"

namespace backflow {

/// As files have it: the highest byte first.
inline std::string big_endian_bytes(std::int64_t n) {
  std::string bytes;
  for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(n >> shift);
  return bytes;
}

inline std::string idx_bytes(const Shape& shape, const std::string& data, char element = '\x08') {
  std::string bytes{'\0', '\0', element, static_cast<char>(shape.size())};
  for (auto d : shape) bytes += big_endian_bytes(d);
  return bytes + data;
}

/// Labels as QMNIST has them: a row of 8 numbers each, the class in front.
inline std::string qmnist_labels(const std::vector<std::int64_t>& labels) {
  std::string rows;
  for (const std::int64_t label : labels)
    for (std::int64_t column = 0; column < 8; ++column) rows += big_endian_bytes(column == 0 ? label : 3000 + column);
  return idx_bytes({static_cast<std::int64_t>(labels.size()), 8}, rows, '\x0c');
}

inline void write_gzip(const std::filesystem::path& file, const std::string& bytes) {
  gzFile out = gzopen(file.c_str(), "wb9");
  gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(out);
}

/// A data set of 2 × 3 images in `folder`: pixel p of image i is 10 i + p, labels go 0, 1, 2, 0, …
inline void write_idx_folder(const std::filesystem::path& folder, int train = 7, int test = 5) {
  for (const auto& [prefix, count] : {std::pair{"train", train}, {"t10k", test}}) {
    std::string images, labels;
    for (int i = 0; i < count; ++i) {
      for (int p = 0; p < 6; ++p) images += static_cast<char>(10 * i + p);
      labels += static_cast<char>(i % 3);
    }
    write_bytes(folder / (std::string(prefix) + "-images-idx3-ubyte"), idx_bytes({count, 2, 3}, images));
    write_bytes(folder / (std::string(prefix) + "-labels-idx1-ubyte"), idx_bytes({count}, labels));
  }
}

}  // namespace backflow
