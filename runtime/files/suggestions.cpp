#include <backflow/runtime/files/suggestions.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

namespace backflow::files {

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::vector<std::string> nearest(const std::string& name, const std::vector<std::string>& known, std::size_t most) {
  constexpr std::size_t longest = 200;  // its distances would take long
  if (name.size() > longest) return {};
  const std::string wanted = lower_case(name);
  std::vector<std::pair<std::size_t, std::size_t>> ranked;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const std::string other = lower_case(known[i]);
    const std::size_t distance = edit_distance(wanted, other);
    const bool contains = !wanted.empty() && other.find(wanted) != std::string::npos;
    if (contains || distance <= std::max<std::size_t>(2, wanted.size() / 2))
      ranked.emplace_back(contains ? 0 : distance, i);
  }
  std::stable_sort(ranked.begin(), ranked.end());
  std::vector<std::string> result;
  for (std::size_t i = 0; i < ranked.size() && result.size() < most; ++i) result.push_back(known[ranked[i].second]);
  return result;
}

std::string no_such(const std::string& what, const std::string& name, const std::vector<std::string>& known) {
  const auto near = nearest(name, known, 3);
  std::string text = "there is no " + what + " '" + printable(name) + "'";
  for (std::size_t i = 0; i < near.size(); ++i)
    text += (i == 0 ? "; did you mean '" : i + 1 == near.size() ? "' or '" : "', '") + printable(near[i]);
  return near.empty() ? text : text + "'?";
}

}  // namespace backflow::files
