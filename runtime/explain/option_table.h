// The table of ExplainOptions, from which JSON, flags and checks come. Internal to runtime/ and the programs.
#pragma once

#include <backflow/runtime/explain/options.h>
#include <backflow/runtime/files/option_table.h>

namespace backflow::explain {

/// In the order of JSON.
files::OptionTable table(ExplainOptions& options);

}  // namespace backflow::explain
