// A disk that is full, for one call.
#pragma once

#include <sys/resource.h>

#include <csignal>
#include <string>

#include <backflow/graph/error.h>
#include "tests/support/files.h"

namespace backflow {

/// What an Error of `body` says while no file of this process can grow beyond 4096 bytes; empty if there is none.
template <class Body>
std::string error_on_full_disk(Body body) {
  std::string what;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{4096, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  try {
    body();
  } catch (const Error& e) {
    what = e.what();
  }
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  return what;
}

}  // namespace backflow
