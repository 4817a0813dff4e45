// How much memory this process may still take.
#pragma once

namespace backflow {

/// Bytes that the system can give without swapping, at most what the control groups leave. Infinite where /proc does
/// not say.
double available_memory();

}  // namespace backflow
