#include <backflow/ops/onednn/onednn_isa.h>

#include <backflow/graph/error.h>
#include <backflow/ops/kernels/isa.h>

namespace backflow {

dnnl::cpu_isa onednn_isa() {
  static const dnnl::cpu_isa isa = [] {
#if defined(__x86_64__)  // oneDNN can be limited nowhere else
    using Cpu = dnnl::cpu_isa;
    if (const auto max = max_isa()) {
      const Cpu allowed = *max == Isa::plain ? Cpu::sse41 : *max == Isa::avx2 ? Cpu::avx2 : Cpu::avx512_core_bf16;
      require(dnnl::set_max_cpu_isa(allowed) == dnnl::status::success,
              "BACKFLOW_MAX_ISA has no effect: oneDNN was used before backflow in this process");
    }
#endif
    return dnnl::get_effective_cpu_isa();
  }();
  return isa;
}

}  // namespace backflow
