#include <backflow/runtime/log/version.h>

#include <tbb/version.h>

#include <backflow/graph/error.h>
#include <backflow/ops/onednn/onednn_version.h>

namespace backflow {

std::string version() { return BACKFLOW_VERSION; }

std::string build_report() {
  return str_cat("oneDNN ", onednn_version(), "\noneTBB ", TBB_runtime_version(), "\nCPU: ", onednn_instructions());
}

}  // namespace backflow
