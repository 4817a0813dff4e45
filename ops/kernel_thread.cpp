#include "ops/kernel_thread.h"

#include <immintrin.h>
#include <omp.h>

namespace backflow {
namespace {

constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;

}  // namespace

KernelThread::KernelThread() : openmp_threads_(omp_get_max_threads()), control_(_mm_getcsr()) {
  omp_set_num_threads(1);
  _mm_setcsr(control_ | kFlushToZero | kDenormalsAreZero);
}

KernelThread::~KernelThread() {
  omp_set_num_threads(openmp_threads_);
  _mm_setcsr(control_);
}

KeepDenormals::KeepDenormals() : control_(_mm_getcsr()) { _mm_setcsr(control_ & ~(kFlushToZero | kDenormalsAreZero)); }

KeepDenormals::~KeepDenormals() { _mm_setcsr(control_); }

}  // namespace backflow
