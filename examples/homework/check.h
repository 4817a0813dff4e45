// Prints the two sides of every comparison, mostly a formula and the graph, and counts where they disagree.
#pragma once

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "examples/homework/matrix.h"

namespace backflow::homework {

/// What stands on the two sides of a comparison, and the points to which its columns belong.
struct Sides {
  const char *left = "formula", *right = "graph";
  Matrix points = {};
};

/// usage of every program: NAME [--out FOLDER] [--spoil N]
/// Pictures are written into FOLDER, by default the current one. --spoil falsifies the N-th comparison, 1 is the first:
/// a test sees by it that each of them can fail.
class Check {
 public:
  Check(int argc, char** argv) {
    for (int i = 1; i < argc; i += 2) {
      const std::string option = argv[i];
      require(i + 1 < argc && (option == "--out" || option == "--spoil"), "usage: ", argv[0],
              " [--out FOLDER] [--spoil N]");
      if (option == "--spoil") {
        spoiled_ = std::stoi(argv[i + 1]);
        continue;
      }
      std::filesystem::create_directories(argv[i + 1]);
      std::filesystem::current_path(argv[i + 1]);
    }
  }

  /// Prints what a program begins with.
  static void given(const std::string& what, const Matrix& value) {
    std::printf("  %s (%zu×%zu)\n", what.c_str(), value.rows(), value.columns());
    print("given", value, all_columns(value));
  }

  /// Each element must agree to `tolerance` of the largest one (or of 1, if all are smaller).
  void equal(const std::string& what, const Matrix& left, Matrix right, double tolerance = 2e-6,
             const Sides& sides = {}) {
    ++count_;
    const double size = std::max(1.0, largest(left));
    if (count_ == spoiled_) right.values().at(0) += 3 * std::max(1e-3, tolerance) * size;
    const double apart = largest(left - right);
    const bool good = apart <= tolerance * size;
    std::printf("%s %s (%zu×%zu, to %g)\n", good ? "✓" : "✗", what.c_str(), left.rows(), left.columns(), tolerance);
    const auto columns = shown_columns(left);
    if (columns.size() < left.columns()) std::printf("     %zu of %zu columns\n", columns.size(), left.columns());
    if (!sides.points.values().empty()) print("at", sides.points, columns);
    print(sides.left, left, columns);
    print(sides.right, right, columns);
    if (!good) std::printf("     MISMATCH: %g apart\n", apart);
    failures_ += !good;
  }
  void equal(const std::string& what, double left, double right, double tolerance = 2e-6, const Sides& sides = {}) {
    equal(what, scalar(left), scalar(right), tolerance, sides);
  }

  /// A statement that is true or not.
  void holds(const std::string& statement, bool good) {
    if (++count_ == spoiled_) good = !good;
    std::printf("%s %s%s\n", good ? "✓" : "✗", statement.c_str(), good ? "" : "   MISMATCH: this does not hold");
    failures_ += !good;
  }

  /// The program's exit status: 0 if everything agreed.
  int result() const {
    std::printf("\n%d comparisons, %d mismatches\n", count_, failures_);
    return failures_ > 0;
  }

 private:
  using Columns = std::vector<std::size_t>;

  static Columns all_columns(const Matrix& m) {
    Columns columns(m.columns());
    std::iota(columns.begin(), columns.end(), 0);
    return columns;
  }

  /// All columns, or five of them, evenly spread, where there are many.
  static Columns shown_columns(const Matrix& m) {
    constexpr std::size_t kMany = 24, kSpread = 5;
    if (m.columns() <= kMany) return all_columns(m);
    Columns columns;
    for (std::size_t k = 0; k < kSpread; ++k) columns.push_back(k * (m.columns() - 1) / (kSpread - 1));
    return columns;
  }

  /// A line for each row of the matrix, or more where it has many columns, within 100 characters.
  static void print(const char* who, const Matrix& m, const Columns& columns) {
    constexpr std::size_t kInLine = 7;
    for (std::size_t i = 0; i < m.rows(); ++i)
      for (std::size_t k = 0; k < columns.size(); ++k) {
        if (k % kInLine == 0) std::printf("%s     %-14s", k > 0 ? "\n" : "", i == 0 && k == 0 ? who : "");
        std::printf("%11.5f%s", m(i, columns[k]), k + 1 == columns.size() ? "\n" : "");
      }
  }

  int spoiled_ = 0, count_ = 0, failures_ = 0;
};

inline void title(const char* text) { std::printf("\n%s\n", text); }

}  // namespace backflow::homework
