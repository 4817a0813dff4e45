// What the ops share whose result is their input. Internal to ops/.
#pragma once

#include <cstring>

#include <backflow/graph/op.h>

namespace backflow {

class Copy : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::pointwise}; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const std::size_t bytes =
        static_cast<std::size_t>(physical_elements(out[0].shape, out[0].layout)) * size_of(out[0].whole.type);
    return loop_kernel([bytes](const Buffers& b) {
      if (b.in[0] != b.out[0]) std::memcpy(b.out[0], b.in[0], bytes);
    });
  }
};

}  // namespace backflow
