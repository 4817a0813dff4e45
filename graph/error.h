// The one exception of the library, and how its sentences are put together.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace backflow {

/// What went wrong, where, and what was expected, in one sentence for a person.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class... Parts>
std::string str_cat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// An Error about one option, so that a program can name the flag that set it.
class OptionError : public Error {
 public:
  /// `problem` goes on after the option's name: "needs to be ≥ 1, got 0". `where` precedes both: "[dream] ".
  OptionError(std::string option, std::string problem, const std::string& where = "")
      : Error(where + option + " " + problem), option_(std::move(option)), problem_(std::move(problem)) {}

  const std::string& option() const { return option_; }
  const std::string& problem() const { return problem_; }

 private:
  std::string option_, problem_;
};

/// Throws an Error made of `parts`.
template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(str_cat(parts...));
}

/// Throws an Error made of `parts` unless `ok`.
template <class... Parts>
void require(bool ok, const Parts&... parts) {
  if (!ok) fail(parts...);
}

}  // namespace backflow
