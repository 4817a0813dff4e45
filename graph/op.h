// The contract of an operation. A new one is a class in ops/ that overrides what it needs; nothing else changes.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <backflow/graph/kernel.h>
#include <backflow/graph/op_traits.h>
#include <backflow/graph/spec.h>

namespace backflow {

class Backward;

/// Shapes and types of an op's inputs and outputs, of the whole node or of one tile.
struct Signature {
  std::vector<Spec> in, out;
};

/// Which part of a value a tile [begin, end) touches.
struct Access {
  enum Kind : std::uint8_t {
    whole,  // all of it
    range,  // [begin · stride − before, (end − 1) · stride + after + 1) along `axis`, cut at the value's borders
    partial,  // outputs only: the tile's own addend; the addends are summed in a fixed order
  };
  Kind kind = whole;
  int axis = 0;
  std::int64_t stride = 1, before = 0, after = 0;

  static Access along(int axis) { return {range, axis}; }
};

/// How a node may be cut into tiles. The cut is a pure function of this and of the graph, never of the threads.
struct Tiling {
  std::int64_t extent = 1;  // length of what is cut; 1 means never
  std::int64_t grain = 1;   // tiles begin at multiples of it
  double nanoseconds = 0;   // rough time of the whole node on one core
  bool flat = false;        // elementwise: cut as the node that made an input, or in memory order
  std::vector<Access> in, out;
};

/// Rough times on one core, for Tiling: see docs/performance.md.
inline double time_of_flops(double flops) { return flops / 150; }
inline double time_of_bytes(double bytes) { return bytes / 10; }

struct Layouts {
  std::vector<Layout> in, out;
};

class Op {
 public:
  virtual ~Op() = default;

  /// The op's name in errors, drawings and traces: "conv2d".
  virtual std::string kind() const = 0;
  /// Its options for drawings: "3×3 stride 2"; may be empty.
  virtual std::string details() const { return {}; }
  /// Shape rule. Throws an Error that says what was given and what was expected.
  virtual std::vector<Spec> infer(std::span<const Spec> in) const = 0;
  /// What the compiler may make use of. Default: nothing.
  virtual OpTraits traits() const { return {}; }
  /// Gradient rule: appends nodes. Without an override the op has no gradient and gradient() says so.
  virtual void gradient(Backward& b) const;
  /// How the node may be cut. Default: not at all.
  virtual Tiling tiling(const Signature& whole) const;
  /// Layouts that suit the op for this tile, given those that its inputs have. Default: row-major everywhere.
  virtual Layouts layouts(const Signature& tile, std::span<const Layout> offered) const;
  /// The code that computes one tile.
  virtual std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const = 0;
  /// This op and its only consumer as one op, or null.
  virtual std::shared_ptr<const Op> fused_with(const Op& consumer) const;
  /// For updates: the input that output `i` overwrites.
  virtual std::optional<std::size_t> overwrites(std::size_t output) const;
  /// Elementwise ops whose output `i` may lie in the memory of an input that nobody reads later: that input.
  virtual std::optional<std::size_t> may_overwrite(std::size_t output) const;
};

/// The tiling of an op that treats each sample alone: inputs and outputs are cut along axis 0, but for the inputs
/// listed in `read_whole` (weights).
Tiling row_tiling(const Signature& whole, double nanoseconds, std::initializer_list<std::size_t> read_whole = {});
/// The tiling of an op that treats each element alone, in memory order, whatever the layout. Values of the first
/// output's shape are cut with it; others (a learning rate) are read whole. A kernel sees contiguous elements.
Tiling flat_tiling(const Signature& whole);
/// For OpTraits::bf16: all f32 inputs and outputs, of an op that only moves or compares numbers.
Bf16Rule bf16_everywhere(const Signature& whole);
/// Every value in the layout of the first input (row-major if it may choose).
Layouts same_layouts(const Signature& tile, std::span<const Layout> offered);

}  // namespace backflow
