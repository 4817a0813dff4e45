#include <backflow/ops/kernels/isa.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

Isa best_of_this_cpu() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return Isa::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::avx2;
#endif
  return Isa::plain;
}

}  // namespace

std::optional<Isa> max_isa() {
  const char* const wanted = std::getenv("BACKFLOW_MAX_ISA");
  if (!wanted || !*wanted) return {};
  const std::string_view name = wanted;
  if (name == "plain") return Isa::plain;
  if (name == "avx2") return Isa::avx2;
  require(name == "avx512", "BACKFLOW_MAX_ISA is '", name.substr(0, 40), "'; expected plain, avx2 or avx512");
  return Isa::avx512;
}

Isa isa() {
  static const Isa best = std::min(best_of_this_cpu(), max_isa().value_or(Isa::avx512));
  return best;
}

}  // namespace backflow
