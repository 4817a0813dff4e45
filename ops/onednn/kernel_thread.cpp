#include <backflow/ops/onednn/kernel_thread.h>

#include <immintrin.h>
#include <omp.h>

namespace backflow {
namespace {

constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;

}  // namespace

FlushDenormals::FlushDenormals() : control_(_mm_getcsr()) { _mm_setcsr(control_ | kFlushToZero | kDenormalsAreZero); }

FlushDenormals::~FlushDenormals() { _mm_setcsr(control_); }

KernelThread::KernelThread() : openmp_threads_(omp_get_max_threads()) { omp_set_num_threads(1); }

KernelThread::~KernelThread() { omp_set_num_threads(openmp_threads_); }

KeepDenormals::KeepDenormals() : control_(_mm_getcsr()) { _mm_setcsr(control_ & ~(kFlushToZero | kDenormalsAreZero)); }

KeepDenormals::~KeepDenormals() { _mm_setcsr(control_); }

}  // namespace backflow
