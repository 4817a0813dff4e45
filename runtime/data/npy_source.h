// Where the bytes of one array come from: a file, or an entry of an archive. Internal to runtime/data/.
#pragma once

#include <functional>
#include <span>

#include <backflow/runtime/data/npy.h>

namespace backflow::data {

struct NpySource {
  std::string name;        // for errors
  std::size_t most_bytes;  // that it can have
  /// Fills the span as far as there are bytes; returns how many that were.
  std::function<std::size_t(std::span<std::uint8_t>)> read;
};

/// Reads it to its end.
Array read_array(const NpySource& source);

}  // namespace backflow::data
