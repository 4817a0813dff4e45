#include <backflow/ops/detail/element_copy.h>

#include <algorithm>
#include <cstdint>

namespace backflow {
namespace {

/// The offsets of an axis' elements at both ends.
struct CopiedAxis {
  std::vector<std::int64_t> from, to;
};

/// All elements whose index on the axes before the last is given by `from` and `to`.
template <class T>
void copy_elements(std::span<const CopiedAxis> axes, const T* from, T* to) {
  const CopiedAxis& axis = axes.front();
  for (std::size_t i = 0; i < axis.from.size(); ++i)
    if (axes.size() == 1)
      to[axis.to[i]] = from[axis.from[i]];
    else
      copy_elements(axes.subspan(1), from + axis.from[i], to + axis.to[i]);
}

template <class T>
std::unique_ptr<Kernel> copy_kernel(std::vector<CopiedAxis> axes, std::int64_t physical) {
  return loop_kernel([axes = std::move(axes), physical](const Buffers& b) {
    std::fill_n(b.output<T>(), physical, T{0});
    copy_elements<T>(axes, b.input<T>(), b.output<T>());
  });
}

}  // namespace

std::unique_ptr<Kernel> element_copy(const View& from, const View& to) {
  std::vector<CopiedAxis> axes;
  for (std::size_t a = 0; a < from.shape.size(); ++a)
    axes.push_back({offsets(from.shape, from.layout, a), offsets(to.shape, to.layout, a)});
  // The longest loop is the innermost.
  std::ranges::stable_sort(axes, {}, [](const CopiedAxis& axis) { return axis.from.size(); });
  const std::int64_t physical = physical_elements(to.shape, to.layout);
  switch (size_of(to.whole.type)) {
    case 1:
      return copy_kernel<std::uint8_t>(std::move(axes), physical);
    case 2:
      return copy_kernel<std::uint16_t>(std::move(axes), physical);
    default:
      return copy_kernel<std::uint32_t>(std::move(axes), physical);
  }
}

}  // namespace backflow
