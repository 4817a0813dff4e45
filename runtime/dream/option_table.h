// The table of DreamOptions, from which JSON, flags and checks come. Internal to runtime/ and the programs.
#pragma once

#include <backflow/runtime/dream/options.h>
#include <backflow/runtime/files/option_table.h>

namespace backflow::dream {

/// In the order of JSON.
files::OptionTable table(DreamOptions& options);

}  // namespace backflow::dream
