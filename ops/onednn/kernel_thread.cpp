#include <backflow/ops/onednn/kernel_thread.h>

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <omp.h>

namespace backflow {
namespace {

// The control word of the thread's arithmetic, and its bits that make denormals zero.
#if defined(__x86_64__)
constexpr unsigned kNoDenormals = 0x8000 | 0x0040;  // of results, of operands
unsigned control() { return _mm_getcsr(); }
void set_control(unsigned word) { _mm_setcsr(word); }
#elif defined(__aarch64__)
constexpr unsigned kNoDenormals = 1U << 24;
unsigned control() {
  std::uint64_t word = 0;
  asm volatile("mrs %0, fpcr" : "=r"(word));
  return static_cast<unsigned>(word);
}
void set_control(unsigned word) { asm volatile("msr fpcr, %0" ::"r"(std::uint64_t{word})); }
#else
constexpr unsigned kNoDenormals = 0;
unsigned control() { return 0; }
void set_control(unsigned) {}
#endif

}  // namespace

FlushDenormals::FlushDenormals() : control_(control()) { set_control(control_ | kNoDenormals); }

FlushDenormals::~FlushDenormals() { set_control(control_); }

KernelThread::KernelThread() : openmp_threads_(omp_get_max_threads()) { omp_set_num_threads(1); }

KernelThread::~KernelThread() { omp_set_num_threads(openmp_threads_); }

KeepDenormals::KeepDenormals() : control_(control()) { set_control(control_ & ~kNoDenormals); }

KeepDenormals::~KeepDenormals() { set_control(control_); }

}  // namespace backflow
