#include <backflow/ops/reorder.h>

#include <backflow/ops/detail/element_copy.h>
#include <backflow/ops/onednn/dnnl.h>
#include <backflow/ops/onednn/kernel_thread.h>

namespace backflow {
namespace {

bool is_padded(const View& v) { return physical_elements(v.shape, v.layout) != elements(v.shape); }

}  // namespace

Tiling Reorder::tiling(const Signature& whole) const {
  Tiling t;  // one tile: what needs a reorder is weights
  t.in = {Access{}};
  t.out = {Access{}};
  t.nanoseconds = time_of_bytes(16.0 * static_cast<double>(elements(whole.out[0].shape)));
  return t;
}

std::unique_ptr<Kernel> Reorder::kernel(std::span<const View> in, std::span<const View> out) const {
  // oneDNN 2.6.3 is wrong from one padded layout to another, 3.7.2 from any layout to a padded one.
  if (is_padded(in[0]) || is_padded(out[0])) return element_copy(in[0], out[0]);
  return onednn::reorder_kernel(onednn::describe(in[0]), onednn::describe(out[0]));
}

void reorder(const Spec& spec, const Layout& from, const std::byte* source, const Layout& to, std::byte* target) {
  const KernelThread thread;
  const View in = whole_view(spec, from), out = whole_view(spec, to);
  auto kernel = Reorder(to).kernel(std::span(&in, 1), std::span(&out, 1));
  std::vector<std::byte> scratch(kernel->scratch_bytes() + 64);
  void* aligned = scratch.data();
  std::size_t space = scratch.size();
  std::align(64, kernel->scratch_bytes(), aligned, space);
  kernel->run({&source, &target, static_cast<std::byte*>(aligned)});
}

}  // namespace backflow
