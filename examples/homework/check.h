// Prints what a formula says beside what the graph computed, and counts where they disagree.
#pragma once

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>

#include "examples/homework/matrix.h"

namespace backflow::homework {

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

  /// Each element must agree to `tolerance` of the largest one (or of 1, if all are smaller).
  void equal(const std::string& what, const Matrix& formula, Matrix graph, double tolerance = 2e-6) {
    ++count_;
    const double size = std::max(1.0, largest(formula));
    if (count_ == spoiled_) graph.values().at(0) += 3 * std::max(1e-3, tolerance) * size;
    const double apart = largest(formula - graph);
    const bool good = apart <= tolerance * size;
    std::printf("%s %s (%zu×%zu)\n", good ? "  " : "✗ ", what.c_str(), formula.rows(), formula.columns());
    print("formula", formula);
    print("graph", graph);
    if (!good) std::printf("     MISMATCH: %g apart\n", apart);
    failures_ += !good;
  }
  void equal(const std::string& what, double formula, double graph, double tolerance = 2e-6) {
    equal(what, scalar(formula), scalar(graph), tolerance);
  }

  /// A statement that is true or not.
  void holds(const std::string& statement, bool good) {
    if (++count_ == spoiled_) good = !good;
    std::printf("%s %s%s\n", good ? "  " : "✗ ", statement.c_str(), good ? "" : "   MISMATCH: this does not hold");
    failures_ += !good;
  }

  /// The program's exit status: 0 if everything agreed.
  int result() const {
    std::printf("\n%d comparisons, %d mismatches\n", count_, failures_);
    return failures_ > 0;
  }

 private:
  /// All elements, or some of them, evenly spread, where there are many.
  static void print(const char* who, const Matrix& m) {
    constexpr std::size_t kMany = 24, kSpread = 9;
    const std::size_t n = m.values().size(), step = n > kMany ? (n - 1) / (kSpread - 1) : 1;
    std::printf("     %-8s", who);
    for (std::size_t k = 0; k < n; k += step)
      std::printf("%s%10.5f%s", k > 0 && k % m.columns() == 0 ? "  |" : "", m.values()[k], step > 1 ? " …" : "");
    std::printf("\n");
  }

  int spoiled_ = 0, count_ = 0, failures_ = 0;
};

inline void title(const char* text) { std::printf("\n%s\n", text); }

}  // namespace backflow::homework
