// What a value is: its shape, its element type, and the order in which its elements lie in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace backflow {

/// Lengths of the axes. Letters used for tensors: N batch, C channels, H height, W width.
using Shape = std::vector<std::int64_t>;
/// Axes that a value can have, as in oneDNN.
constexpr std::size_t kMaxAxes = 12;

enum class Type : std::uint8_t { f32, bf16, s32, u8 };

struct Spec {
  Shape shape;
  Type type = Type::f32;
  bool image = false;  // of four axes: [N, C, H, W], which kernels prefer as nhwc; tensors compare equal without it

  bool operator==(const Spec& other) const { return shape == other.shape && type == other.type; }
};

/// Physical order of a tensor's elements, in the letters that oneDNN uses: axis a is the first, b the second, and
/// so on, outermost first; a capital letter is an axis cut in blocks, the blocks follow: "acdb" is nhwc of a logical
/// [N, C, H, W], "ABcd16b16a" has blocks of 16 × 16. Empty is row-major.
class Layout {
 public:
  Layout() = default;
  explicit Layout(std::string order);

  /// For a value whose layout the first consumer may choose.
  static Layout any();
  static Layout nhwc() { return Layout("acdb"); }
  /// Row-major for anything but four axes, nhwc for those: for ops whose values of four axes are images.
  static Layout channels_last(std::size_t axes) { return axes == 4 ? nhwc() : Layout(); }
  /// nhwc for images, row-major for all others.
  static Layout preferred(const Spec& spec) { return spec.image ? nhwc() : Layout(); }

  bool is_any() const { return order_ == "any"; }
  bool is_plain() const { return order_.empty(); }
  bool is_blocked() const;
  /// The order's letters; "abcd…" for row-major.
  std::string letters(std::size_t axes) const;
  bool operator==(const Layout&) const = default;

 private:
  std::string order_;
};

std::size_t size_of(Type type);
std::string to_string(Type type);
std::string to_string(const Shape& shape);
std::string to_string(const Spec& spec);
std::int64_t elements(const Shape& shape);

/// Elements that a tensor occupies in memory, the padding of blocked axes included.
std::int64_t physical_elements(const Shape& shape, const Layout& layout);

/// Distance in elements between neighbours along each axis; of a blocked axis, between its blocks.
Shape strides(const Shape& shape, const Layout& layout);

/// For each index of `axis` its distance from index 0 in elements; an element lies at the sum over all axes.
std::vector<std::int64_t> offsets(const Shape& shape, const Layout& layout, std::size_t axis);

/// Elements per block along `axis`; 1 where the layout does not block it.
std::int64_t block(const Layout& layout, std::size_t axis);

/// True if a range along `axis` is one contiguous piece of memory.
bool is_outermost(const Shape& shape, const Layout& layout, std::size_t axis);

}  // namespace backflow
