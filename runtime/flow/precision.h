// The numbers that products compute with: f32, or bf16 with sums in f32.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <backflow/graph/enum_names.h>

namespace backflow {

enum class Precision : std::uint8_t { f32, bf16, automatic };

/// Whether to compute with bf16 here: automatic where the CPU has AMX. Throws an Error if bf16 is asked for and the CPU
/// has no AVX-512, for which alone oneDNN has such kernels.
bool uses_bf16(Precision precision);
/// f32 or bf16: what `precision` comes to on this CPU. Settings keep it, so that results can be made again elsewhere.
Precision settled(Precision precision);
/// A warning for a person who asked for bf16 where it is slower than f32; else empty.
std::string precision_warning(Precision precision);

}  // namespace backflow

template <>
inline constexpr std::array<const char*, 3> backflow::kEnumNames<backflow::Precision>{"f32", "bf16", "auto"};
