// What runs: one tile of one node on one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow {

/// The part of a value that one tile reads or writes.
struct View {
  Spec whole;                  // the whole value
  Layout layout;               // of the whole value
  Shape begin;                 // where the tile starts in it
  Shape shape;                 // of the tile
  std::size_t offset() const;  // bytes from the value's first element to the tile's
};

/// The whole of a value in one tile.
View whole_view(const Spec& spec, const Layout& layout);

/// Memory of one execution. Pointers are at the tile's first element.
struct Buffers {
  const std::byte* const* in;
  std::byte* const* out;
  std::byte* scratch;  // Kernel::scratch_bytes() bytes of this worker, aligned to 64

  template <class T = float>
  const T* input(std::size_t i = 0) const {
    return reinterpret_cast<const T*>(in[i]);
  }
  template <class T = float>
  T* output(std::size_t i = 0) const {
    return reinterpret_cast<T*>(out[i]);
  }
};

/// Made once for a tile, executed once a step. Runs on one thread at a time and allocates nothing.
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual void run(const Buffers& buffers) = 0;
  virtual std::size_t scratch_bytes() const { return 0; }
  /// Whether it executes a oneDNN primitive, for reports.
  virtual bool is_primitive() const { return false; }
};

/// A kernel that is a plain loop.
std::unique_ptr<Kernel> loop_kernel(std::function<void(const Buffers&)> body);

}  // namespace backflow
