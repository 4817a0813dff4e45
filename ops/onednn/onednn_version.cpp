#include <backflow/ops/onednn/onednn_version.h>

#include <utility>

#include <backflow/graph/error.h>
#include <backflow/ops/kernels/isa.h>
#include <backflow/ops/onednn/onednn_isa.h>

namespace backflow {

std::string onednn_version() {
  const dnnl_version_t* v = dnnl_version();
  return str_cat(v->major, '.', v->minor, '.', v->patch);
}

std::string onednn_instructions() {
  using Cpu = dnnl::cpu_isa;
  // The bits of an instruction set are a superset of those of the sets that it extends: the richest come first.
  static constexpr std::pair<Cpu, const char*> kSets[] = {{Cpu::avx512_core_amx, "AVX-512 with VNNI, BF16 and AMX"},
                                                          {Cpu::avx512_core_bf16, "AVX-512 with VNNI and BF16"},
                                                          {Cpu::avx512_core_vnni, "AVX-512 with VNNI"},
                                                          {Cpu::avx512_core, "AVX-512"},
                                                          {Cpu::avx2_vnni, "AVX2 with VNNI"},
                                                          {Cpu::avx2, "AVX2"},
                                                          {Cpu::avx, "AVX"},
                                                          {Cpu::sse41, "SSE4.1"}};
  const auto here = static_cast<int>(onednn_isa());
  for (const auto& [isa, name] : kSets)
    if ((here & static_cast<int>(isa)) == static_cast<int>(isa))
      return str_cat(name, max_isa() ? ", limited by BACKFLOW_MAX_ISA" : "");
  return "none that oneDNN has kernels for";
}

}  // namespace backflow
