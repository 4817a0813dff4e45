#include <backflow/ops/reorder.h>

#include <backflow/ops/onednn/dnnl.h>
#include <backflow/ops/onednn/kernel_thread.h>

namespace backflow {

Tiling Reorder::tiling(const Signature& whole) const {
  Tiling t;  // one tile: what needs a reorder is weights
  t.in = {Access{}};
  t.out = {Access{}};
  t.nanoseconds = time_of_bytes(16.0 * static_cast<double>(elements(whole.out[0].shape)));
  return t;
}

std::unique_ptr<Kernel> Reorder::kernel(std::span<const View> in, std::span<const View> out) const {
  const auto from = onednn::describe(in[0]), to = onednn::describe(out[0]);
  const dnnl::reorder::primitive_desc pd(onednn::engine(), from, onednn::engine(), to, onednn::attributes());
  return onednn::primitive_kernel(dnnl::reorder(pd), {{DNNL_ARG_FROM, false, 0, from}, {DNNL_ARG_TO, true, 0, to}},
                                  pd.scratchpad_desc());
}

void reorder(const Spec& spec, const Layout& from, const std::byte* source, const Layout& to, std::byte* target) {
  const KernelThread thread;
  const View in{spec, from, Shape(spec.shape.size(), 0), spec.shape};
  const View out{spec, to, Shape(spec.shape.size(), 0), spec.shape};
  auto kernel = Reorder(to).kernel(std::span(&in, 1), std::span(&out, 1));
  std::vector<std::byte> scratch(kernel->scratch_bytes() + 64);
  void* aligned = scratch.data();
  std::size_t space = scratch.size();
  std::align(64, kernel->scratch_bytes(), aligned, space);
  kernel->run({&source, &target, static_cast<std::byte*>(aligned)});
}

}  // namespace backflow
