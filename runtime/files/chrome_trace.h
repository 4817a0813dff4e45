// A trace as a file for chrome://tracing and Perfetto.
#pragma once

#include <filesystem>

#include <backflow/runtime/flow/trace.h>

namespace backflow::files {

/// Writes Chrome's trace event format (JSON), with a row for each worker that ran something, and each track as a
/// process of its own. Throws an Error if the file cannot be written.
void write_chrome_trace(const Trace& trace, const std::filesystem::path& file);

}  // namespace backflow::files
