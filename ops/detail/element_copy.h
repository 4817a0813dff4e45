// A value in another layout, by a loop that needs nothing of oneDNN. Internal to ops/.
#pragma once

#include <memory>

#include <backflow/graph/kernel.h>

namespace backflow {

/// Both views are whole values of one type and shape. What the layout pads is set to zero.
std::unique_ptr<Kernel> element_copy(const View& from, const View& to);

}  // namespace backflow
