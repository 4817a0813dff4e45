// Objectives checked against a network: names of classes become numbers, layers and channels must exist.
#include <algorithm>
#include <cctype>
#include <optional>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/objective/objective.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::dream {
namespace {

using Kind = ObjectiveTerm::Kind;

std::string plain(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return files::lower_case(std::move(name));
}

/// "tench, Tinca tinca" → tench; Tinca tinca.
std::vector<std::string> synonyms(const std::string& label) {
  std::vector<std::string> result{label};
  for (std::size_t begin = 0; label.find(',') != std::string::npos && begin < label.size();) {
    const std::size_t end = std::min(label.find(',', begin), label.size());
    result.push_back(label.substr(begin, end - begin));
    begin = std::min(label.find_first_not_of(", ", end), label.size());
  }
  return result;
}

/// Whether `word` is one or several whole words of `label`: "cat" of "tiger cat", not of "catamaran".
bool has_word(const std::string& label, const std::string& word) {
  const auto is_letter = [&](std::size_t i) {
    const auto c = static_cast<unsigned char>(i < label.size() ? label[i] : ' ');
    return std::isalnum(c) != 0 || c >= 0x80;
  };
  for (std::size_t at = label.find(word); at != std::string::npos; at = label.find(word, at + 1))
    if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) return true;
  return false;
}

/// The one label that has `name` as a word; none if no label has it.
std::optional<std::int64_t> class_with_word(const std::string& name, const std::vector<std::string>& labels) {
  constexpr std::size_t kMaxShown = 10;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (has_word(plain(labels[i]), plain(name))) found.push_back(i);
  if (found.empty()) return {};
  if (found.size() == 1) return static_cast<std::int64_t>(found[0]);
  std::string list;
  for (std::size_t i = 0; i < std::min(found.size(), kMaxShown); ++i)
    list += str_cat(i == 0 ? "" : "; ", labels[found[i]], " (", found[i], ")");
  fail("class '", name, "' is a word of ", found.size(), " labels: ", list, found.size() > kMaxShown ? "; …" : "",
       ": give one of them, or its number");
}

std::int64_t class_called(const std::string& name, const std::vector<std::string>& labels) {
  require(!labels.empty(), "class '", name, "' is no number, and there are no labels: give its number, or the labels");
  std::vector<std::int64_t> found;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto names = synonyms(labels[i]);
    known.insert(known.end(), names.size() > 1 ? names.begin() + 1 : names.begin(), names.end());
    if (std::any_of(names.begin(), names.end(), [&](const std::string& n) { return plain(n) == plain(name); }))
      found.push_back(static_cast<std::int64_t>(i));
  }
  if (found.empty()) {
    if (const auto by_word = class_with_word(name, labels)) return *by_word;
    fail(files::no_such("class", plain(name), known));
  }
  require(found.size() == 1, "class '", name, "' means two classes, ", found[0], " and ", found.back(),
          ": give the number");
  return found[0];
}

const ObjectiveNames::Layer& layer_called(const std::string& name, const ObjectiveNames& names) {
  std::vector<std::string> known;
  for (const auto& layer : names.layers) {
    if (layer.name == name) return layer;
    known.push_back(layer.name);
  }
  fail(files::no_such("layer", name, known));
}

void check_channel(std::int64_t channel, const ObjectiveNames::Layer& layer) {
  require(channel < layer.shape[1], "layer '", layer.name, "' has channels 0 … ", layer.shape[1] - 1, ", got ",
          channel);
}

bool needs_places(Kind kind) { return kind == Kind::style || kind == Kind::diversity || kind == Kind::guide; }

void check_layer(ObjectiveTerm& t, const ObjectiveNames::Layer& layer) {
  const bool flat = layer.shape.size() == 2;
  require(!flat || !needs_places(t.kind), "layer '", layer.name, "' has shape ", to_string(layer.shape),
          ": style, guide and diversity need one with places, [N, C, H, W]");
  if (t.index >= 0) check_channel(t.index, layer);
  for (const auto& [channel, share] : t.direction) check_channel(channel, layer);
  const std::int64_t height = flat ? 1 : layer.shape[2], width = flat ? 1 : layer.shape[3];
  require(t.row < height && t.column < width, "layer '", layer.name, "' has rows 0 … ", height - 1, " and columns 0 … ",
          width - 1, " at this size, got ", t.row, ",", t.column);
}

/// "*" or "3-9" as channels of a layer; empty if it is neither.
std::vector<std::int64_t> channels(const std::string& range, const ObjectiveNames::Layer& layer) {
  std::int64_t first = 0, last = layer.shape[1] - 1;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    if (dash == std::string::npos || !files::read_number(range.substr(0, dash), first) ||
        !files::read_number(range.substr(dash + 1), last))
      return {};
    require(first >= 0 && first <= last, "channels '", range, "' of layer '", layer.name, "' are no range");
    check_channel(last, layer);
  }
  std::vector<std::int64_t> result;
  for (std::int64_t c = first; c <= last; ++c) result.push_back(c);
  return result;
}

}  // namespace

Objective resolved(Objective objective, const ObjectiveNames& names) {
  for (ObjectiveTerm& t : objective.terms) {
    if (t.kind != Kind::class_logit) {
      check_layer(t, layer_called(t.name, names));
      continue;
    }
    require(names.classes > 0, "the network has no classes; give a layer as target");
    if (t.index < 0) t.index = class_called(t.name, names.labels);
    require(t.index < names.classes, "there is no class ", t.index, "; the network has classes 0 … ",
            names.classes - 1);
  }
  return objective;
}

std::vector<std::string> expand_target(const std::string& target, const ObjectiveNames& names) {
  std::vector<std::string> result;
  if (target == "layer:*") {
    for (const auto& layer : names.layers) result.push_back("layer:" + layer.name);
    return result;
  }
  const std::string prefix = "layer:";
  const std::size_t colon = target.rfind(':');
  if (target.starts_with(prefix) && colon > prefix.size() && target.find(' ') == std::string::npos) {
    const std::string range = target.substr(colon + 1), name = target.substr(prefix.size(), colon - prefix.size());
    if (range == "*" || (range.find('-') != std::string::npos && name.find(':') == std::string::npos))
      for (std::int64_t c : channels(range, layer_called(name, names)))
        result.push_back(str_cat(target.substr(0, colon + 1), c));
  }
  return result.empty() ? std::vector{target} : result;
}

}  // namespace backflow::dream
