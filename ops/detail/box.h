// Copying a box out of one tensor into another of the same memory order. Internal to ops/.
#pragma once

#include <cstddef>

#include <backflow/graph/kernel.h>

namespace backflow {

/// The offered layout, or the preferred one where it is open or blocked.
Layout unblocked(const Layout& offered, const Spec& spec);

class BoxCopy {
 public:
  /// `from` and `to` are strides in elements; the axes are walked in the order of `to`.
  BoxCopy(const Shape& shape, const Shape& from, const Shape& to, Type type);
  void run(const std::byte* from, std::byte* to) const { copy(0, from, to); }

 private:
  struct Axis {
    std::int64_t length, from, to;  // strides in bytes
  };
  void copy(std::size_t axis, const std::byte* from, std::byte* to) const;

  std::vector<Axis> axes_;  // outermost first; the innermost is contiguous in both, in bytes
};

/// Bytes from a tensor's first element to the one at `begin`.
std::ptrdiff_t offset_of(const View& view, const Shape& begin);

}  // namespace backflow
