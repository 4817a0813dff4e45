#include <backflow/runtime/dream/objective/objective.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/runtime/files/parse_number.h>

namespace backflow::dream {
namespace {

using Kind = ObjectiveTerm::Kind;

struct Word {
  const char* prefix;
  Kind kind;
};
constexpr std::array<Word, 10> kWords{{{"class", Kind::class_logit},
                                       {"layer", Kind::layer},
                                       {"neuron", Kind::neuron},
                                       {"direction", Kind::direction},
                                       {"cosine", Kind::cosine},
                                       {"guide", Kind::guide},
                                       {"caricature", Kind::caricature},
                                       {"invert", Kind::invert},
                                       {"style", Kind::style},
                                       {"diversity", Kind::diversity}}};

std::string prefix_of(Kind kind) {
  if (kind == Kind::channel) return "layer";
  for (const Word& w : kWords)
    if (w.kind == kind) return w.prefix;
  fail("unknown kind of objective");
}

bool read_finite(std::string_view text, double& number) {
  return files::read_number(text, number) && std::isfinite(number);
}

/// Reads one expression from left to right.
class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  Objective objective() {
    Objective result;
    double sign = 1;
    for (bool first = true;; first = false) {
      skip_spaces();
      if (at_ == text_.size() && first) wrong("is empty");
      if (at_ == text_.size()) return result;
      if (!first || peek() == '-' || peek() == '+') sign = operation(first);
      result.terms.push_back(term(sign));
      sign = 1;
    }
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  [[noreturn]] void wrong(const std::string& what) const {
    fail("the objective '", printable(text_), "' ", what,
         at_ == 0 || at_ == text_.size() ? "" : str_cat(" at '", printable(text_.substr(at_)), "'"),
         "; expected terms such as class:88, layer:NAME or 0.5*layer:NAME:7 with + or - between spaces");
  }

  double operation(bool first) {
    const char c = peek();
    if (c != '+' && c != '-') wrong("has no + or - between two terms");
    ++at_;
    if (at_ == text_.size()) wrong("ends after an operator");
    if (!first && peek() != ' ') wrong("needs a space after its + or -");
    skip_spaces();
    return c == '-' ? -1 : 1;
  }

  ObjectiveTerm term(double sign) {
    ObjectiveTerm t;
    t.weight = sign * factor();
    const std::string prefix = until(":", "a term");
    const auto* word = std::find_if(kWords.begin(), kWords.end(), [&](const Word& w) { return prefix == w.prefix; });
    if (word == kWords.end()) wrong(str_cat("has a term of unknown kind '", printable(prefix), "'"));
    t.kind = word->kind;
    t.name = name(t.kind == Kind::class_logit);
    if (t.kind == Kind::class_logit) files::read_number(t.name, t.index);
    if (peek() == ':') rest(t);
    if (peek() != '\0' && peek() != ' ') wrong("goes on where a term should end");
    if (t.kind == Kind::neuron && t.index < 0) wrong("has a neuron without a channel");
    if ((t.kind == Kind::direction || t.kind == Kind::cosine) && t.direction.empty())
      wrong("has a direction without channels, such as :7=1,9=-0.5");
    return t;
  }

  /// "0.5*" before a term.
  double factor() {
    const std::size_t star = text_.find_first_of("*: ", at_);
    if (star == std::string::npos || text_[star] != '*') return 1;
    double number = 0;
    if (!read_finite(std::string_view(text_).substr(at_, star - at_), number)) wrong("has no number before its *");
    at_ = star + 1;
    return number;
  }

  std::string until(const char* ends, const char* what) {
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(std::string(ends) + " ", at_), text_.size());
    if (peek() == '\0' || peek() == ' ') {
      at_ = begin;
      wrong(str_cat("has ", what, " without a ':'"));
    }
    return text_.substr(begin, at_++ - begin);
  }

  std::string name(bool whole) {
    if (peek() == '"') {
      const std::size_t end = text_.find('"', at_ + 1);
      if (end == std::string::npos) wrong("has a quote that does not end");
      const std::string result = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      return result;
    }
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(whole ? " " : ": ", at_), text_.size());
    while (whole && at_ > begin && is_word_of_name()) at_ = std::min(text_.find(' ', at_ + 1), text_.size());
    if (at_ == begin) wrong("has a term without a name");
    return text_.substr(begin, at_ - begin);
  }

  /// Whether the next word belongs to a class's name, as in "class:tiger cat": it is no operator and no term.
  bool is_word_of_name() const {
    const std::size_t begin = at_ + 1, end = std::min(text_.find(' ', begin), text_.size());
    const std::string_view word = std::string_view(text_).substr(std::min(begin, end), end - std::min(begin, end));
    return !word.empty() && word[0] != '+' && word[0] != '-' && word.find(':') == word.npos;
  }

  /// What follows the layer's name: a channel, a place, a direction.
  void rest(ObjectiveTerm& t) {
    ++at_;
    const std::size_t begin = at_;
    at_ = std::min(text_.find(' ', at_), text_.size());
    const std::string all = text_.substr(begin, at_ - begin);
    if (t.kind == Kind::direction || t.kind == Kind::cosine) return direction(t, all);
    if (t.kind != Kind::layer && t.kind != Kind::neuron) wrong("has a term that takes no channel");
    const std::size_t colon = std::min(all.find(':'), all.size());
    if (!files::read_number(std::string_view(all).substr(0, colon), t.index) || t.index < 0)
      wrong(str_cat("has '", printable(all.substr(0, colon)), "' where a channel's number should be"));
    t.kind = t.kind == Kind::layer ? Kind::channel : t.kind;
    if (colon == all.size()) return;
    t.kind = Kind::neuron;
    const std::size_t comma = all.find(',', colon);
    if (comma == std::string::npos ||
        !files::read_number(std::string_view(all).substr(colon + 1, comma - colon - 1), t.row) ||
        !files::read_number(std::string_view(all).substr(comma + 1), t.column) || t.row < 0 || t.column < 0)
      wrong(str_cat("has '", printable(all.substr(colon + 1)), "' where a place ROW,COLUMN should be"));
  }

  void direction(ObjectiveTerm& t, const std::string& all) {
    for (std::size_t begin = 0; begin <= all.size();) {
      const std::size_t end = std::min(all.find(',', begin), all.size()), equals = all.find('=', begin);
      std::pair<std::int64_t, double> share{-1, 1};
      if (equals >= end || !files::read_number(std::string_view(all).substr(begin, equals - begin), share.first) ||
          !read_finite(std::string_view(all).substr(equals + 1, end - equals - 1), share.second) || share.first < 0)
        wrong(str_cat("has '", printable(all.substr(begin, end - begin)), "' where CHANNEL=SHARE should be"));
      t.direction.push_back(share);
      begin = end + 1;
    }
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

/// Between quotes where it would not be read back without; a name that has a quote in it was written without.
std::string quoted(const std::string& name) {
  const bool plain = !name.empty() && name.find_first_of(": ") == std::string::npos;
  return plain || name.find('"') != std::string::npos ? name : '"' + name + '"';
}

std::string term_text(const ObjectiveTerm& t) {
  std::string text = prefix_of(t.kind) + ":";
  text += t.kind == Kind::class_logit && t.index >= 0 ? std::to_string(t.index) : quoted(t.name);
  if (t.kind == Kind::channel || t.kind == Kind::neuron) text += ":" + std::to_string(t.index);
  if (t.kind == Kind::neuron && t.row >= 0) text += str_cat(":", t.row, ",", t.column);
  for (std::size_t i = 0; i < t.direction.size(); ++i)
    text += str_cat(i == 0 ? ":" : ",", t.direction[i].first, "=", files::shortest(t.direction[i].second));
  return text;
}

}  // namespace

bool Objective::uses(ObjectiveTerm::Kind kind) const {
  return std::any_of(terms.begin(), terms.end(), [&](const ObjectiveTerm& t) { return t.kind == kind; });
}

Objective parse_objective(const std::string& text) { return Parser(text).objective(); }

std::string to_string(const Objective& objective) {
  std::string text;
  for (const ObjectiveTerm& t : objective.terms) {
    const bool minus = t.weight < 0;
    const double size = minus ? -t.weight : t.weight;
    text += text.empty() ? (minus ? "-" : "") : (minus ? " - " : " + ");
    text += (size == 1 ? "" : files::shortest(size) + "*") + term_text(t);
  }
  return text;
}

std::string file_name(const Objective& objective) {
  std::string text = to_string(objective);
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-') c = '_';
  return text;
}

std::string structure_of(const Objective& objective) {
  std::string text;
  for (const ObjectiveTerm& t : objective.terms) {
    const bool place = t.kind == Kind::channel || t.kind == Kind::neuron;  // one graph does both
    text += files::shortest(t.weight) + "*" + (place ? "place" : prefix_of(t.kind));
    text += t.kind == Kind::class_logit ? ";" : ":" + t.name + ";";
  }
  return text;
}

}  // namespace backflow::dream
