#include <backflow/ops/onednn/bf16_units.h>

#include <backflow/ops/onednn/onednn_isa.h>

namespace backflow {

/// oneDNN also asks the system whether tiles may be used, and obeys ONEDNN_MAX_CPU_ISA and BACKFLOW_MAX_ISA.
Bf16Units bf16_units() {
  static const Bf16Units units = [] {
    const auto has = [](dnnl::cpu_isa isa) {
      const auto wanted = static_cast<int>(isa);
      return (static_cast<int>(onednn_isa()) & wanted) == wanted;
    };
    if (has(dnnl::cpu_isa::avx512_core_amx)) return Bf16Units::tiles;
    if (has(dnnl::cpu_isa::avx512_core_bf16)) return Bf16Units::vectors;
    return has(dnnl::cpu_isa::avx512_core) ? Bf16Units::emulated : Bf16Units::absent;
  }();
  return units;
}

}  // namespace backflow
