#include "examples/apps/dream/dream_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include <backflow/graph/markup.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/files/file_bytes.h>

namespace backflow {
namespace {

constexpr double kCurveWidth = 240, kCurveHeight = 80;

constexpr const char* kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>dream</title>
<style>
body { font: 14px sans-serif; margin: 24px; }
figure { display: inline-block; margin: 0 16px 24px 0; vertical-align: top; width: 256px; }
img { display: block; image-rendering: pixelated; width: 256px; }
figcaption { margin: 4px 0; overflow-wrap: break-word; }
svg { background: #f4f4f4; display: block; height: 80px; width: 240px; }
polyline { fill: none; stroke-width: 1.5; }
.objective { stroke: #c40; }
.probability { stroke: #06c; }
td, th { padding: 0 6px 0 0; text-align: left; }
pre { white-space: pre-wrap; }
</style>
</head>
<body>
)";

/// RFC 4648.
std::string base64(const std::vector<std::byte>& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

/// Values of each step from `low` to `high`; a step is where it lies between the first and the last.
template <class Of>
std::string curve(const char* kind, const std::vector<dream::DreamStep>& steps, double low, double high, Of of) {
  std::string points;
  const double length = static_cast<double>(std::max<std::int64_t>(1, steps.back().step - steps.front().step));
  for (const dream::DreamStep& s : steps)
    points += fmt::format("{:.1f},{:.1f} ", kCurveWidth * static_cast<double>(s.step - steps.front().step) / length,
                          kCurveHeight * (1 - (of(s) - low) / (high > low ? high - low : 1)));
  return fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", kind, points);
}

std::string curves(const std::vector<dream::DreamStep>& steps) {
  if (steps.empty()) return "";
  const auto objective = [](const dream::DreamStep& s) { return s.objective; };
  const auto [low, high] = std::ranges::minmax(steps, {}, objective);
  std::string text = fmt::format("<svg viewBox=\"0 0 {} {}\">\n", kCurveWidth, kCurveHeight);
  text += curve("objective", steps, low.objective, high.objective, objective);
  const bool probable = steps.front().probability >= 0;
  if (probable) text += curve("probability", steps, 0, 1, [](const dream::DreamStep& s) { return s.probability; });
  text += fmt::format(
      "</svg>\n<div><span style=\"color:#c40\">objective {:.4g} … {:.4g}</span>{}, steps {} … {}</div>\n",
      low.objective, high.objective, probable ? ", <span style=\"color:#06c\">probability 0 … 1</span>" : "",
      steps.front().step, steps.back().step);
  return text;
}

std::string row(const char* name, const std::string& value) {
  return fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name, value);
}

std::string row(const char* name, const std::optional<dream::Verdict>& v) {
  return v ? row(name, fmt::format("probability {:.3f}, rank {}", v->probability, v->rank)) : "";
}

std::string figure(const DreamMeasure& m, const std::filesystem::path& out,
                   const std::vector<dream::DreamStep>& steps) {
  std::string text = fmt::format("<figure>\n<img alt=\"{}\" src=\"data:image/png;base64,{}\">\n", escaped(m.title),
                                 base64(files::file_bytes(out / m.file)));
  text += fmt::format("<figcaption><b>{}</b><br>{}</figcaption>\n<table>\n", escaped(m.title), escaped(m.file));
  text += row("steps", std::to_string(m.steps)) + row("objective", fmt::format("{:.4g}", m.objective));
  text += row("own network", m.own) + row("judge", m.judged);
  text += row("total variation", fmt::format("{:.3f}", m.total_variation));
  text += row("high frequencies", fmt::format("{:.3f}", m.high_frequency_share));
  return text + "</table>\n" + curves(steps) + "</figure>\n";
}

}  // namespace

void write_report(const std::filesystem::path& file, const std::filesystem::path& out, const DreamSettings& settings,
                  const DreamResults& results, DreamMetrics& metrics) {
  std::string page = kHead;
  for (const DreamMeasure& m : results.measures()) page += figure(m, out, metrics.of(m.target));
  const auto all = nlohmann::ordered_json::parse(to_json(settings));
  page += "<h2>Settings</h2>\n<pre>" + escaped(all.dump(1)) + "</pre>\n</body>\n</html>\n";
  files::write_file(file, page);
}

}  // namespace backflow
