// The state of a thread in which kernels are made and run.
#pragma once

namespace backflow {

/// Denormals are zero while it lives: arithmetic with them is up to a hundred times slower.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  unsigned control_;
};

/// One OpenMP thread (oneDNN would open a team of its own otherwise) and denormals flushed to zero. What was there
/// before comes back when it dies.
class KernelThread {
 public:
  KernelThread();
  ~KernelThread();
  KernelThread(const KernelThread&) = delete;
  KernelThread& operator=(const KernelThread&) = delete;

 private:
  int openmp_threads_;
  FlushDenormals denormals_;
};

/// Inside a kernel: denormals count while it lives, for results whose logarithm somebody may take.
class KeepDenormals {
 public:
  KeepDenormals();
  ~KeepDenormals();
  KeepDenormals(const KeepDenormals&) = delete;
  KeepDenormals& operator=(const KeepDenormals&) = delete;

 private:
  unsigned control_;
};

}  // namespace backflow
