// A computational graph in the symbols of the class: a variable is a round bubble, shaded where it is observed; a
// deterministic function has one round end, from which its result leaves; a cost would be a box.
#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "examples/homework/plot.h"

namespace backflow::homework {

struct Bubble {
  std::string name;
  double x, y;
  bool observed = false;
};

/// Reads bubbles `in` and makes bubble `out`. Names are indices into the bubbles.
struct FunctionNode {
  std::string name;
  double x, y;
  std::vector<std::size_t> in;
  std::size_t out;
};

namespace class_graph {

constexpr double kRadius = 0.33;

/// An arrow from (x, y) to (u, v) that ends at the borders of both, `aside` to its left.
inline std::string arrow(double x, double y, double u, double v, double aside) {
  const double length = std::hypot(u - x, v - y), dx = (u - x) / length, dy = (v - y) / length;
  const double side_x = -dy * aside, side_y = dx * aside, gap = kRadius + 0.03;
  return str_cat("set arrow from ", x + dx * gap + side_x, ",", y + dy * gap + side_y, " to ", u - dx * gap + side_x,
                 ",", v - dy * gap + side_y, " head filled size 0.14,20 linewidth 1.2\n");
}

/// A square whose right side is half a circle.
inline std::string round_ended(double x, double y) {
  std::string corners = str_cat("from ", x, ",", y - kRadius, " to ", x - kRadius, ",", y - kRadius, " to ",
                                x - kRadius, ",", y + kRadius, " to ", x, ",", y + kRadius);
  constexpr int kPieces = 24;
  for (int i = 1; i <= kPieces; ++i) {
    const double angle = std::numbers::pi * (0.5 - static_cast<double>(i) / kPieces);
    corners += str_cat(" to ", x + kRadius * std::cos(angle), ",", y + kRadius * std::sin(angle));
  }
  return "set object polygon " + corners + " fillstyle empty border linecolor 'black' linewidth 1.5\n";
}

inline std::string label(const std::string& text, double x, double y, bool italic) {
  return str_cat("set label '", italic ? "{/:Italic " + text + "}" : text, "' at ", x, ",", y, " center front\n");
}

}  // namespace class_graph

/// Writes `name`.gnuplot and `name`.svg.
inline void draw_graph(const std::string& name, const std::vector<Bubble>& bubbles,
                       const std::vector<FunctionNode>& functions) {
  std::string script = "set terminal svg size 880,360 background 'white'\nset output '" + name + ".svg'\n" +
                       "unset border\nunset tics\nunset key\nset size ratio -1\nset margins 0,0,0,0\n" +
                       "set xrange [-0.5:12.5]\nset yrange [-0.4:4.7]\n";
  for (const Bubble& b : bubbles) {
    script += str_cat("set object circle at ", b.x, ",", b.y, " size ", class_graph::kRadius, " fillcolor '",
                      b.observed ? "#d0d0d0" : "white", "' fillstyle solid border linecolor 'black' linewidth 1.5\n");
    script += class_graph::label(b.name, b.x, b.y, true);
  }
  for (const FunctionNode& f : functions) {
    script += class_graph::round_ended(f.x, f.y) + class_graph::label(f.name, f.x, f.y, false);
    const bool twice = f.in.size() == 2 && f.in[0] == f.in[1];
    for (std::size_t i = 0; i < f.in.size(); ++i)
      script += class_graph::arrow(bubbles[f.in[i]].x, bubbles[f.in[i]].y, f.x, f.y, twice ? (i == 0 ? 0.1 : -0.1) : 0);
    script += class_graph::arrow(f.x, f.y, bubbles[f.out].x, bubbles[f.out].y, 0);
  }
  write_and_draw(name, script + "plot NaN\n");
}

}  // namespace backflow::homework
