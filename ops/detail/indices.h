// Indices that are values: whole numbers, s32 or f32, negative ones from the end. Internal to ops/.
#pragma once

#include <array>

#include <backflow/graph/error.h>
#include <backflow/graph/kernel.h>

namespace backflow {

inline void require_indices(const char* op, const Spec& index) {
  require(index.type == Type::f32 || index.type == Type::s32, "[", op, "] indices need to be f32 or s32, got ",
          to_string(index));
}

/// `index` as 0 … length − 1; throws an Error that begins with [op] if it is none.
inline std::int64_t checked_index(const char* op, double index, std::int64_t length) {
  const bool fits = index >= static_cast<double>(-length) && index < static_cast<double>(length);
  const auto i = fits ? static_cast<std::int64_t>(index) : 0;
  require(fits && static_cast<double>(i) == index, "[", op, "] index ", index, " is no whole number in ", -length,
          " … ", length - 1);
  return i < 0 ? i + length : i;
}

/// Calls body(at), where at(i) is index i, checked.
template <class Body>
void with_indices(const char* op, Type type, const std::byte* memory, std::int64_t length, const Body& body) {
  const auto call = [&]<class T>(const T* index) {
    body([=](std::int64_t i) { return checked_index(op, static_cast<double>(index[i]), length); });
  };
  if (type == Type::s32)
    call(reinterpret_cast<const std::int32_t*>(memory));
  else
    call(reinterpret_cast<const float*>(memory));
}

/// The elements of an index value, and where in x each of them is but for its place along one axis; both row-major.
class ElementWalk {
 public:
  /// Of tiles that are cut along axis 0 at most.
  ElementWalk(const View& index, const View& x, std::size_t axis) : last_(index.shape.size() - 1) {
    const Shape step = strides(x.whole.shape, Layout());
    for (std::size_t a = 0; a < index.shape.size(); ++a) {
      length_[a] = index.shape[a];
      step_[a] = a == axis ? 0 : step[a];
    }
    rows_ = elements(index.shape) / length_[last_];
    axis_step_ = step[axis];
  }

  std::int64_t axis_step() const { return axis_step_; }

  /// Calls f(i, place in x) for each element i of the index value, in order.
  template <class F>
  void run(const F& f) const {
    std::array<std::int64_t, kMaxAxes> at{};
    std::int64_t place = 0, i = 0;
    for (std::int64_t row = 0; row < rows_; ++row) {
      for (std::int64_t k = 0; k < length_[last_]; ++k) f(i++, place + k * step_[last_]);
      for (std::size_t a = last_; a-- > 0;) {
        place += step_[a];
        if (++at[a] < length_[a]) break;
        place -= step_[a] * length_[a];
        at[a] = 0;
      }
    }
  }

 private:
  std::size_t last_;
  std::array<std::int64_t, kMaxAxes> length_{}, step_{};
  std::int64_t rows_, axis_step_;
};

/// Refuses an index value that is not of x's axes or, but for `axis`, longer than x.
inline void require_elements(const char* op, const Spec& x, const Spec& index, std::size_t axis) {
  require_indices(op, index);
  bool fits = index.shape.size() == x.shape.size();
  for (std::size_t a = 0; fits && a < x.shape.size(); ++a) fits = a == axis || index.shape[a] <= x.shape[a];
  require(fits, "[", op, "] indices of shape ", to_string(index.shape), " do not fit into ", to_string(x.shape),
          " along axis ", axis);
}

}  // namespace backflow
