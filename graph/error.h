// The one exception of the library, and how its sentences are put together.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace backflow {

/// What went wrong, where, and what was expected, in one sentence for a person.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// Throws an Error made of `parts`.
template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(concat(parts...));
}

/// Throws an Error made of `parts` unless `ok`.
template <class... Parts>
void require(bool ok, const Parts&... parts) {
  if (!ok) fail(parts...);
}

}  // namespace backflow
