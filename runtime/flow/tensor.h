// A piece of aligned memory with a spec and a layout.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow {

/// Zeroed memory at a cache line's start.
class Memory {
 public:
  Memory() = default;
  explicit Memory(std::size_t bytes);
  std::byte* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t bytes_ = 0;
};

class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(Spec spec, Layout layout = {});
  /// A row-major f32 tensor with these values; throws an Error if their count is not that of the shape.
  Tensor(Shape shape, std::span<const float> values);

  const Spec& spec() const { return spec_; }
  const Shape& shape() const { return spec_.shape; }
  const Layout& layout() const { return layout_; }
  std::byte* data() { return memory_.data(); }
  const std::byte* data() const { return memory_.data(); }
  std::size_t bytes() const { return memory_.bytes(); }

  /// Elements as T, padding of blocked layouts included. Throws an Error if T has another size than the type.
  template <class T = float>
  std::span<T> as() {
    check_size(sizeof(T));
    return {reinterpret_cast<T*>(data()), bytes() / sizeof(T)};
  }
  template <class T = float>
  std::span<const T> as() const {
    check_size(sizeof(T));
    return {reinterpret_cast<const T*>(data()), bytes() / sizeof(T)};
  }

 private:
  void check_size(std::size_t size) const;

  Spec spec_;
  Layout layout_;
  Memory memory_;
};

/// A copy of `t` in another layout.
Tensor reordered(const Tensor& t, const Layout& layout);

}  // namespace backflow
