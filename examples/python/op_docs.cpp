// Docstrings of the ops: the comments of their headers, which CMake puts into op_docs.inc.
#include <map>

#include <backflow/graph/error.h>
#include "examples/python/bind_ops.h"

namespace backflow::python {

std::string doc_of(const std::string& op) {
  static const std::map<std::string, std::string> docs{
#include "op_docs.inc"
  };
  const auto found = docs.find(op);
  require(found != docs.end(), "no header of ops/ says what '", op, "' does");
  return found->second;
}

}  // namespace backflow::python
