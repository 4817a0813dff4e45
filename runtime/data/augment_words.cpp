#include <algorithm>
#include <cmath>
#include <map>

#include <backflow/graph/enum_names.h>
#include <backflow/graph/error.h>
#include <backflow/runtime/data/augment.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::data {
namespace {

using Numbers = std::vector<double>;

[[noreturn]] void refuse(const std::string& word, const std::string& problem) {
  throw OptionError("augment", str_cat("has '", files::printable(word), "', ", problem));
}

/// What may stand behind a word.
struct AugmentNumber {
  std::string name;
  double low = 0, high = 1;
  bool open_low = false;   // `low` itself is not possible
  std::string usual = {};  // the number where none is given; empty: it must be
  bool whole = false;
};

struct AugmentWord {
  std::vector<AugmentNumber> numbers;
  void (*add)(Augmentation& to, const Numbers& numbers, const Shape& image);
};

/// One number is for all that the image has; a grey one has no saturation.
void add_colours(Augmentation& to, const Numbers& n, const Shape& image) {
  const bool is_colour = image[0] == 3;
  if (image[0] != 1 && !is_colour)
    refuse("jitter", str_cat("but images have ", image[0], " channels, expected 1 or 3"));
  if (!is_colour && n.size() > 2) refuse("jitter", "but grey images have no saturation, its third number");
  const auto at = [&](std::size_t i) { return static_cast<float>(n.size() == 1 ? n[0] : i < n.size() ? n[i] : 0); };
  to.steps.push_back(random_colours(at(0), at(1), is_colour ? at(2) : 0));
}

void add_grey(Augmentation& to, const Numbers& n, const Shape& image) {
  if (image[0] != 3) refuse("grey", "but the images have no colours");
  to.steps.push_back(random_grey(static_cast<float>(n[0])));
}

void add_shift(Augmentation& to, const Numbers& n, const Shape& image) {
  if (n[0] >= static_cast<double>(std::min(image[1], image[2])))
    refuse(str_cat("shift:", n[0]), str_cat("but images are ", image[1], " × ", image[2]));
  to.steps.push_back(random_shift(static_cast<std::int64_t>(n[0])));
}

template <AugmentStep (*step)(float)>
void add_step(Augmentation& to, const Numbers& n, const Shape&) {
  to.steps.push_back(step(static_cast<float>(n[0])));
}

template <float Augmentation::*share>
void add_mixture(Augmentation& to, const Numbers& n, const Shape&) {
  to.*share = static_cast<float>(n[0]);
}

const std::map<std::string, AugmentWord>& augment_words() {
  constexpr double most_pixels = 1 << 14;
  static const AugmentNumber amount{"AMOUNT", 0, 1, false};
  static const std::map<std::string, AugmentWord> words{
      {"crop", {{{"AREA", 0, 1, true, "0.35"}}, add_step<random_crop>}},
      {"cutmix", {{{"ALPHA", 0, 1, true, "1"}}, add_mixture<&Augmentation::cutmix>}},
      {"erase", {{{"PROBABILITY", 0, 1, false, "0.25"}}, add_step<random_erasing>}},
      {"flip", {{{"PROBABILITY", 0, 1, false, "0.5"}}, add_step<random_flip>}},
      {"grey", {{{"PROBABILITY", 0, 1, false, "0.1"}}, add_grey}},
      {"jitter", {{amount, {"CONTRAST", 0, 1, false, "-"}, {"SATURATION", 0, 1, false, "-"}}, add_colours}},
      {"mixup", {{{"ALPHA", 0, 1, true, "0.2"}}, add_mixture<&Augmentation::mixup>}},
      {"rotate", {{{"DEGREES", 0, 180, true}}, add_step<random_rotation>}},
      {"shift", {{{"PIXELS", 1, most_pixels, false, "", true}}, add_shift}},
  };
  return words;
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts{""};
  for (const char c : text)
    if (c == by)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

/// A sixteenth of colour images, as of CIFAR's 32 pixels, and a fourteenth of grey ones, as of MNIST's 28, is how far
/// they move. Grey ones may be letters, which have no mirrored form.
std::string steps_of_preset(const std::string& word, const Shape& image) {
  const bool is_colour = image[0] == 3;
  const std::int64_t pixels = std::min(image[1], image[2]) / (is_colour ? 16 : 14);
  const std::string moves = pixels < 1 ? "" : str_cat("shift:", pixels);
  if (word == "light") return is_colour ? "flip" + (moves.empty() ? "" : "," + moves) : moves;
  return is_colour ? "crop,flip,jitter:0.2" : moves + (moves.empty() ? "" : ",") + "rotate:10,erase";
}

double number_of(const std::string& text, const AugmentNumber& wanted, const std::string& part) {
  double value = 0;
  const bool is_number = files::read_number(text, value) && std::isfinite(value);
  const bool fits = is_number && value <= wanted.high && (wanted.open_low ? value > wanted.low : value >= wanted.low) &&
                    (!wanted.whole || value == std::floor(value));
  if (!fits)
    refuse(part, str_cat("where ", wanted.name, " should be ", wanted.whole ? "a whole number " : "a number ",
                         wanted.open_low ? "above " : "from ", wanted.low, wanted.open_low ? ", at most " : " to ",
                         wanted.high, ", is '", files::printable(text), "'"));
  return value;
}

Numbers numbers_of(const std::vector<std::string>& parts, const AugmentWord& word, const std::string& part) {
  if (parts.size() - 1 > word.numbers.size())
    refuse(part, str_cat("which has ", parts.size() - 1, " numbers, at most ", word.numbers.size(),
                         word.numbers.size() == 1 ? " is" : " are", " possible"));
  Numbers numbers;
  for (std::size_t i = 0; i < word.numbers.size(); ++i) {
    const AugmentNumber& wanted = word.numbers[i];
    if (i + 1 < parts.size())
      numbers.push_back(number_of(parts[i + 1], wanted, part));
    else if (wanted.usual.empty())
      refuse(part, str_cat("which needs a number: ", parts[0], ":", wanted.name));
    else if (wanted.usual != "-")
      numbers.push_back(number_of(wanted.usual, wanted, part));
  }
  return numbers;
}

void append_step(const std::string& part, const Shape& image, Augmentation& to) {
  const std::vector<std::string> parts = split(part, ':');
  const auto word = augment_words().find(parts[0]);
  if (word == augment_words().end()) {
    std::vector<std::string> known{"none", "light", "standard"};
    for (const auto& [name, step] : augment_words()) known.push_back(name);
    refuse(part, str_cat("which is none of ", listed(known)));
  }
  word->second.add(to, numbers_of(parts, word->second, part), image);
}

}  // namespace

Augmentation parse_augmentation(const std::string& text, const Shape& image) {
  Augmentation result;
  if (text == "none") return result;
  if (image.size() != 3)
    throw OptionError("augment", str_cat("is for images [C, H, W], the data have ", to_string(image)));
  for (const std::string& part : split(text, ',')) {
    const bool is_preset = part == "light" || part == "standard";
    const std::string inner = is_preset ? steps_of_preset(part, image) : part;
    if (is_preset && inner.empty()) continue;
    for (const std::string& step : split(inner, ',')) append_step(step, image, result);
  }
  return result;
}

void check_augmentation(const std::string& text) {
  constexpr std::int64_t large = 1 << 20;
  parse_augmentation(text, {3, large, large});
}

}  // namespace backflow::data
