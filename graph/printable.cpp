#include <backflow/graph/printable.h>

#include <algorithm>

namespace backflow {

std::string printable(const std::string& text) {
  constexpr std::size_t most = 80;
  std::size_t end = std::min(text.size(), most);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // of UTF-8
  std::string result = text.substr(0, end);
  for (char& c : result)
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  return text.size() > most ? result + "…" : result;
}

}  // namespace backflow
