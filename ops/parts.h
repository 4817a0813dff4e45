// What an op tells the compiler about its values beside graph/op.h: which are parts of others, so that neither concat
// nor slice need run.
#pragma once

#include <cstdint>
#include <optional>

#include <backflow/graph/op.h>

namespace backflow {

/// A range along one axis of a larger value.
struct Part {
  std::int64_t axis = 0, begin = 0, length = 0;
  bool operator==(const Part&) const = default;
};

/// An op whose output is its inputs side by side.
class Joins {
 public:
  virtual ~Joins() = default;
  /// Where input `i` lies in the output.
  virtual Part part_of_output(const Signature& whole, std::size_t i) const = 0;
};

/// An op whose output is a part of its input.
class Takes {
 public:
  virtual ~Takes() = default;
  /// The part, if it is a range along one axis.
  virtual std::optional<Part> part_of_input(const Signature& whole) const = 0;
};

/// An op whose kernels may read and write views of which only some channels belong to the value.
class Strided {
 public:
  virtual ~Strided() = default;
  virtual bool reads_strided() const { return true; }
};

/// A fused op that does not read the consumer's other inputs.
class ReadsNoMore {
 public:
  virtual ~ReadsNoMore() = default;
};

}  // namespace backflow
