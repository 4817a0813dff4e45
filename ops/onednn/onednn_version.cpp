#include <backflow/ops/onednn/onednn_version.h>

#include <dnnl.hpp>
#include <utility>

#include <backflow/graph/error.h>

namespace backflow {

std::string onednn_version() {
  const dnnl_version_t* v = dnnl_version();
  return str_cat(v->major, '.', v->minor, '.', v->patch);
}

std::string onednn_instructions() {
  using Isa = dnnl::cpu_isa;
  // The bits of an instruction set are a superset of those of the sets that it extends: the richest come first.
  static constexpr std::pair<Isa, const char*> kSets[] = {{Isa::avx512_core_amx, "AVX-512 with VNNI, BF16 and AMX"},
                                                          {Isa::avx512_core_bf16, "AVX-512 with VNNI and BF16"},
                                                          {Isa::avx512_core_vnni, "AVX-512 with VNNI"},
                                                          {Isa::avx512_core, "AVX-512"},
                                                          {Isa::avx2_vnni, "AVX2 with VNNI"},
                                                          {Isa::avx2, "AVX2"},
                                                          {Isa::avx, "AVX"},
                                                          {Isa::sse41, "SSE4.1"}};
  const auto here = static_cast<int>(dnnl::get_effective_cpu_isa());
  for (const auto& [isa, name] : kSets)
    if ((here & static_cast<int>(isa)) == static_cast<int>(isa)) return name;
  return "none that oneDNN has kernels for";
}

}  // namespace backflow
