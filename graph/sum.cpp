#include <backflow/graph/sum.h>

#include <algorithm>

#include <backflow/graph/bf16.h>
#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>

namespace backflow {
namespace {

/// bf16 is summed in f32, block by block, and rounded once.
template <class T>
std::unique_ptr<Kernel> sums(std::int64_t n, std::size_t count) {
  return loop_kernel([n, count](const Buffers& b) {
    constexpr std::int64_t block = 1024;
    float total[block];
    for (std::int64_t begin = 0; begin < n; begin += block) {
      const std::int64_t length = std::min(block, n - begin);
      const T* first = b.input<T>(0) + begin;
      for (std::int64_t i = 0; i < length; ++i) total[i] = static_cast<float>(first[i]);
      for (std::size_t k = 1; k < count; ++k) {
        const T* x = b.input<T>(k) + begin;
        for (std::int64_t i = 0; i < length; ++i) total[i] += static_cast<float>(x[i]);
      }
      T* y = b.output<T>() + begin;
      for (std::int64_t i = 0; i < length; ++i) y[i] = rounded<T>(total[i]);
    }
  });
}

}  // namespace

std::vector<Spec> Sum::infer(std::span<const Spec> in) const {
  require(!in.empty(), "[sum] needs at least one value");
  for (const Spec& s : in)
    require(s == in[0], "[sum] values need one shape, got ", to_string(in[0]), " and ", to_string(s));
  return {in[0]};
}

void Sum::gradient(Backward& b) const {
  for (std::size_t i = 0; i < b.graph().node(b.output(0)).in.size(); ++i) b.set(i, b.grad_output());
}

Tiling Sum::tiling(const Signature& whole) const { return flat_tiling(whole); }

Layouts Sum::layouts(const Signature& tile, std::span<const Layout> offered) const {
  return same_layouts(tile, offered);
}

std::unique_ptr<Kernel> Sum::kernel(std::span<const View> in, std::span<const View> out) const {
  const std::int64_t n = physical_elements(out[0].shape, out[0].layout);
  const std::size_t count = in.size();
  return out[0].whole.type == Type::bf16 ? sums<Bf16>(n, count) : sums<float>(n, count);
}

Value sum(const std::vector<Value>& addends, const std::string& name) {
  require(!addends.empty() && addends[0], "[sum] needs at least one value");
  return addends[0].graph->add(std::make_shared<Sum>(), addends, name).at(0);
}

}  // namespace backflow
