#include <backflow/runtime/log/version.h>

#include <tbb/version.h>

#include <backflow/graph/error.h>
#include <backflow/ops/onednn/onednn_version.h>
#include <backflow/ops/onednn/self_check.h>

namespace backflow {

std::string version() { return BACKFLOW_VERSION; }

std::string build_report() {
  const std::string onednn = onednn_version();
  return str_cat("oneDNN ", onednn, onednn::remark(onednn, onednn::faults()), "\noneTBB ", TBB_runtime_version(),
                 "\nCPU: ", onednn_instructions());
}

}  // namespace backflow
