// Curves as data for gnuplot, its script, and, where gnuplot is installed, an SVG.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>

namespace backflow::homework {

struct Curve {
  std::string name;
  std::vector<double> x, y;
  double jump = INFINITY;  // neighbours that are further apart are not joined
  std::string style = {};  // of gnuplot; empty: that of the plot
};

/// Writes `name`.gnuplot and has gnuplot draw it, if it is installed.
inline void write_and_draw(const std::string& name, const std::string& script) {
  files::write_file(name + ".gnuplot", script);
  const bool drawn = std::system(("gnuplot " + name + ".gnuplot 2> /dev/null").c_str()) == 0;
  std::printf("  %s.gnuplot written%s\n", name.c_str(), drawn ? ", drawn as .svg" : "; gnuplot is not installed");
}

/// Writes `name`.gnuplot, which holds the data too, and `name`.svg into the current folder. `settings` are lines of
/// gnuplot before the plot.
inline void plot(const std::string& name, const std::string& settings, const std::vector<Curve>& curves,
                 const std::string& style = "lines linewidth 2") {
  std::string script = "set terminal svg size 640,420 background 'white'\nset output '" + name + ".svg'\nset grid\n";
  std::string plots;
  script += settings;
  for (std::size_t c = 0; c < curves.size(); ++c) {
    script += str_cat("\n$curve", c, " << END\n");
    for (std::size_t i = 0; i < curves[c].x.size(); ++i) {
      if (i > 0 && std::abs(curves[c].y[i] - curves[c].y[i - 1]) > curves[c].jump) script += "\n";
      script += str_cat(curves[c].x[i], " ", curves[c].y[i], "\n");
    }
    script += "END\n";
    const std::string title = curves[c].name.empty() ? "notitle" : "title '" + curves[c].name + "'";
    plots += str_cat(c > 0 ? ", " : "plot ", "$curve", c, " ", title, " with ",
                     curves[c].style.empty() ? style : curves[c].style);
  }
  write_and_draw(name, script + "\n" + plots + "\n");
}

}  // namespace backflow::homework
