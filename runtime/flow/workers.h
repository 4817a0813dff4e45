// The workers: one oneTBB arena whose threads are ready to run kernels.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace backflow {

class Trace;

class Workers {
 public:
  /// At most `threads` workers, a calling thread included while it executes. Throws an Error if `threads` is not
  /// 1 … 1024.
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int threads() const;

  /// Where flows that are made from now on record what they do; it must outlive them. Null for nowhere.
  void set_trace(Trace* trace);
  Trace* trace() const;

  /// Runs `body` on this thread as one of the workers; an exception passes through. Throws an Error in a process that
  /// was forked after the workers were made; those of a forked process itself run on its thread alone.
  void execute(const std::function<void()>& body);
  /// Runs `body`, which must not throw, on a worker as soon as one is free; returns at once. Throws an Error as
  /// execute() does.
  void enqueue(std::function<void()> body);
  /// The number of the worker that calls, 0 … threads().
  static int worker();
  /// At least `bytes` of memory that belong to the calling worker until it asks again.
  std::byte* scratch(std::size_t bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backflow
