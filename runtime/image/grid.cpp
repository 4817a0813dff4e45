#include <backflow/runtime/image/grid.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/image/font.h>

namespace backflow::image {
namespace {

constexpr int kMaxGap = 1000, kMaxTextScale = 16;

/// Letters of UTF-8 text, those beyond ASCII as '?'.
std::string ascii_of(const std::string& text) {
  std::string out;
  for (unsigned char c : text)
    if ((c & 0xc0) != 0x80) out += c >= ' ' && c < 0x7f ? static_cast<char>(c) : '?';
  return out;
}

void draw_letter(Image& target, char letter, int x, int y, Colour ink, int scale) {
  const auto& rows = kFont[static_cast<std::size_t>(letter - ' ')];
  for (int v = 0; v < kLetterHeight * scale; ++v)
    for (int u = 0; u < kLetterWidth * scale; ++u) {
      const bool inside = x + u >= 0 && x + u < target.width && y + v >= 0 && y + v < target.height;
      const bool set = rows[static_cast<std::size_t>(v / scale)] >> (kLetterWidth - 1 - u / scale) & 1;
      if (inside && set) std::copy(ink.begin(), ink.end(), target.at(x + u, y + v));
    }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(ascii_of(line));
  return lines;
}

std::string cut_beginning(const std::string& line, std::size_t most) {
  return ".." + line.substr(line.size() - most + 2);
}

/// Without its end; of "layer:fire5_concat:12" without what is before the channel's number.
std::string cut(const std::string& line, std::size_t most) {
  if (line.size() <= most) return line;
  const std::size_t colon = line.rfind(':');
  const bool numbered = colon != std::string::npos && colon + 1 < line.size() &&
                        line.find_first_not_of("0123456789,", colon + 1) == std::string::npos;
  if (!numbered) return line.substr(0, most);
  const std::size_t end = line.size() - colon;
  if (end + 3 > most) return cut_beginning(line, most);
  return line.substr(0, most - end - 2) + ".." + line.substr(colon);
}

/// The labels with lines of at most `most` letters, so that as many stay different as can.
std::vector<std::vector<std::string>> fitted(const std::vector<std::string>& labels, std::size_t most) {
  std::vector<std::vector<std::string>> result;
  std::map<std::string, std::set<std::string>> by_cut;
  const auto shortened = [most](const std::string& line) { return most < 4 ? line.substr(0, most) : cut(line, most); };
  for (const std::string& label : labels) {
    result.push_back(lines_of(label));
    for (const std::string& line : result.back()) by_cut[shortened(line)].insert(line);
  }
  for (auto& lines : result)
    for (std::string& line : lines) {
      if (line.size() <= most) continue;
      const bool unique = most < 4 || by_cut[shortened(line)].size() == 1;
      line = unique ? shortened(line) : cut_beginning(line, most);
    }
  return result;
}

}  // namespace

Image stretched(const Image& image) {
  std::array<std::size_t, 256> count{};
  for (std::uint8_t v : image.rgb) ++count[v];
  const std::size_t few = image.rgb.size() / 100;
  int low = 0, high = 255;
  for (std::size_t seen = count[0]; seen <= few && low < 255; seen += count[static_cast<std::size_t>(low)]) ++low;
  for (std::size_t seen = count[255]; seen <= few && high > 0; seen += count[static_cast<std::size_t>(high)]) --high;
  Image out = image;
  if (high <= low) return out;
  for (std::uint8_t& v : out.rgb) v = static_cast<std::uint8_t>(std::clamp((v - low) * 255 / (high - low), 0, 255));
  return out;
}

Image visible(const Image& image, int least) {
  check_image_size(image.width, image.height, "grid");
  const int shorter = std::min(image.width, image.height), side = std::max(1, (least + shorter - 1) / shorter);
  check_image_size(std::int64_t{image.width} * side, std::int64_t{image.height} * side, "grid");
  Image out = blank_image(image.width * side, image.height * side);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) std::copy_n(image.at(x / side, y / side), 3, out.at(x, y));
  return out;
}

void paste(Image& target, const Image& source, int x, int y) {
  const int left = std::max(0, -x), right = std::min(source.width, target.width - x);
  for (int v = std::max(0, -y); v < std::min(source.height, target.height - y); ++v)
    if (right > left)
      std::memcpy(target.at(x + left, y + v), source.at(left, v), 3 * static_cast<std::size_t>(right - left));
}

void draw_text(Image& target, const std::string& text, int x, int y, Colour ink, int scale) {
  for (char letter : ascii_of(text)) {
    draw_letter(target, letter, x, y, ink, scale);
    x += kLetterWidth * scale;
  }
}

Image grid(const std::vector<Image>& pictures, const GridOptions& o) {
  require(!pictures.empty(), "[grid] needs at least one image");
  require(o.labels.empty() || o.labels.size() == pictures.size(), "[grid] got ", o.labels.size(), " labels for ",
          pictures.size(), " images");
  require(o.columns >= 0, "[grid] columns need to be ≥ 0, got ", o.columns);
  require(o.gap >= 0 && o.gap <= kMaxGap, "[grid] gap needs to be 0 … ", kMaxGap, ", got ", o.gap);
  require(o.text_scale >= 1 && o.text_scale <= kMaxTextScale, "[grid] text_scale needs to be 1 … ", kMaxTextScale,
          ", got ", o.text_scale);
  const int letter_width = kLetterWidth * o.text_scale, letter_height = kLetterHeight * o.text_scale;
  const int count = static_cast<int>(pictures.size());
  const int square = static_cast<int>(std::ceil(std::sqrt(count)));
  const int columns = std::min(count, o.columns > 0 ? o.columns : square), rows = (count + columns - 1) / columns;
  int width = 0, height = 0;
  for (const Image& p : pictures) {
    width = std::max(width, p.width);
    height = std::max(height, p.height);
  }
  const auto labels = fitted(o.labels, static_cast<std::size_t>(width / letter_width));
  std::size_t lines = 0;
  for (const auto& label : labels) lines = std::max(lines, label.size());
  const int text = static_cast<int>(lines) * letter_height, step_x = width + o.gap, step_y = height + text + o.gap;
  Image sheet = blank_image(o.gap + columns * step_x, o.gap + rows * step_y, o.background);
  for (int i = 0; i < count; ++i) {
    const Image& p = pictures[static_cast<std::size_t>(i)];
    const int x = o.gap + i % columns * step_x, y = o.gap + i / columns * step_y;
    paste(sheet, p, x + (width - p.width) / 2, y + (height - p.height) / 2);
    if (labels.empty()) continue;
    int below = y + height;
    for (const std::string& line : labels[static_cast<std::size_t>(i)]) {
      const int indent = (width - static_cast<int>(line.size()) * letter_width) / 2;
      draw_text(sheet, line, x + indent, below, o.ink, o.text_scale);
      below += letter_height;
    }
  }
  return sheet;
}

}  // namespace backflow::image
