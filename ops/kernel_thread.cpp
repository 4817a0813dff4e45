#include "ops/kernel_thread.h"

#include <immintrin.h>
#include <omp.h>

namespace backflow {

KernelThread::KernelThread() : openmp_threads_(omp_get_max_threads()), control_(_mm_getcsr()) {
  omp_set_num_threads(1);
  constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040;
  _mm_setcsr(control_ | flush_to_zero | denormals_are_zero);
}

KernelThread::~KernelThread() {
  omp_set_num_threads(openmp_threads_);
  _mm_setcsr(control_);
}

}  // namespace backflow
