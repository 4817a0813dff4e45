#include "graph/sum.h"

#include <algorithm>

#include "graph/error.h"
#include "graph/gradient.h"

namespace backflow {

std::vector<Spec> Sum::infer(std::span<const Spec> in) const {
  require(!in.empty(), "[sum] needs at least one value");
  for (const Spec& s : in)
    require(s == in[0], "[sum] values need one shape, got ", to_string(in[0]), " and ", to_string(s));
  return {in[0]};
}

void Sum::gradient(Backward& b) const {
  for (std::size_t i = 0; i < b.graph().node(b.output(0)).in.size(); ++i) b.set(i, b.seed());
}

Tiling Sum::tiling(const Signature& whole) const { return flat_tiling(whole); }

Layouts Sum::layouts(const Signature& tile, std::span<const Layout> offered) const {
  return same_layouts(tile, offered);
}

std::unique_ptr<Kernel> Sum::kernel(std::span<const View> in, std::span<const View> out) const {
  const std::int64_t n = physical_elements(out[0].shape, out[0].layout);
  const std::size_t count = in.size();
  return loop_kernel([n, count](const Buffers& b) {
    float* y = b.output();
    const float* first = b.input(0);
    if (count == 1) std::copy_n(first, n, y);
    for (std::size_t k = 1; k < count; ++k) {
      const float* left = k == 1 ? first : y;
      const float* x = b.input(k);
      for (std::int64_t i = 0; i < n; ++i) y[i] = left[i] + x[i];
    }
  });
}

Value sum(const std::vector<Value>& addends, const std::string& name) {
  require(!addends.empty() && addends[0], "[sum] needs at least one value");
  return addends[0].graph->add(std::make_shared<Sum>(), addends, name).at(0);
}

}  // namespace backflow
