// Loops for several instruction sets in one portable build: the body is an always_inline function in plain C++, its
// wrappers differ by their target alone. Internal to ops/.
#pragma once

#include <cstdint>
#include <optional>

#if defined(__x86_64__)
#define BACKFLOW_AVX2 __attribute__((target("avx2,fma")))
#if defined(__clang__)  // has no such preference, and ignores a target that it does not know as a whole
#define BACKFLOW_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"), min_vector_width(512)))
#else
#define BACKFLOW_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512")))
#endif
#else
#define BACKFLOW_AVX2
#define BACKFLOW_AVX512
#endif
#define BACKFLOW_INLINE [[gnu::always_inline]] inline

namespace backflow {

enum class Isa { plain, avx2, avx512 };

/// `count` numbers rounded up to vectors of AVX-512.
inline std::int64_t whole_vectors(std::int64_t count) { return (count + 15) / 16 * 16; }

/// The one that the environment's BACKFLOW_MAX_ISA names, for us and for oneDNN; nothing where it is not set. Throws an
/// Error when it is none.
std::optional<Isa> max_isa();
/// The best one that this CPU has and that BACKFLOW_MAX_ISA allows.
Isa isa();

}  // namespace backflow
