#include <backflow/runtime/flow/tensor.h>

#include <algorithm>
#include <cstring>
#include <new>

#include <backflow/graph/error.h>
#include <backflow/graph/shape_limits.h>
#include <backflow/ops/reorder.h>

namespace backflow {

constexpr std::align_val_t kCacheLine{64};

void Memory::Free::operator()(std::byte* p) const { ::operator delete(p, kCacheLine); }

namespace {

std::byte* allocated(std::size_t bytes) {
  void* memory = ::operator new(std::max<std::size_t>(bytes, 64), kCacheLine, std::nothrow);
  require(memory != nullptr, "[memory] there is no memory for ", bytes, " bytes");
  return static_cast<std::byte*>(memory);
}

std::size_t checked_bytes(const Spec& spec, const Layout& layout) {
  check_shape("tensor", spec.shape);
  return static_cast<std::size_t>(physical_elements(spec.shape, layout)) * size_of(spec.type);
}

}  // namespace

Memory::Memory(std::size_t bytes) : data_(allocated(bytes)), bytes_(bytes) { std::memset(data_.get(), 0, bytes); }

Tensor::Tensor(Spec spec, Layout layout)
    : spec_(std::move(spec)), layout_(std::move(layout)), memory_(checked_bytes(spec_, layout_)) {}

Tensor::Tensor(Shape shape, std::span<const float> values) : Tensor(Spec{std::move(shape)}) {
  require(static_cast<std::int64_t>(values.size()) == elements(spec_.shape), "[tensor] shape ", to_string(spec_.shape),
          " needs ", elements(spec_.shape), " values, got ", values.size());
  std::copy(values.begin(), values.end(), as().begin());
}

void Tensor::check_size(std::size_t size) const {
  require(size == size_of(spec_.type), "[tensor] elements are ", to_string(spec_.type), ", asked for a type of ", size,
          " bytes");
}

Tensor reordered(const Tensor& t, const Layout& layout) {
  Tensor result(t.spec(), layout);
  if (layout == t.layout())
    std::memcpy(result.data(), t.data(), t.bytes());
  else
    reorder(t.spec(), t.layout(), t.data(), layout, result.data());
  return result;
}

}  // namespace backflow
