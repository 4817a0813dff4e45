// Einsum (NumPy's notation) as transposes, products of matrices and sums.
#include <algorithm>
#include <cctype>
#include <map>

#include <backflow/graph/error.h>
#include <backflow/ops/index_select.h>
#include <backflow/ops/matmul.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/transpose.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

/// A value and a letter for each of its axes; those of an ellipsis are digits, counted from the last.
struct Lettered {
  Value value;
  std::string letters;

  std::int64_t length(char letter) const { return value.shape()[letters.find(letter)]; }
  bool has(char letter) const { return letters.find(letter) != std::string::npos; }
};

struct Equation {
  std::vector<std::string> in;
  std::string out;
};

/// The letters of one part, with an ellipsis replaced by `digits`.
std::string letters_of(const std::string& part, const std::string& digits) {
  const auto dots = part.find("...");
  if (dots == std::string::npos) return part;
  return part.substr(0, dots) + digits + part.substr(dots + 3);
}

/// Of axes that an ellipsis stands for.
std::string digits(std::size_t count) {
  std::string text;
  for (std::size_t i = count; i-- > 0;) text += static_cast<char>('0' + i);
  return text;
}

/// Without an arrow the result has the letters that occur once, in alphabetical order, behind the ellipsis.
std::string implicit_result(const std::string& inputs, const std::string& ellipsis) {
  std::map<char, int> count;
  for (const char letter : inputs)
    if (std::isalpha(static_cast<unsigned char>(letter)) != 0) ++count[letter];
  std::string out = ellipsis;
  for (const auto& [letter, n] : count)
    if (n == 1) out += letter;
  return out;
}

Equation parsed(const OnnxCall& c) {
  std::string text = c.node.text("equation", "");
  const std::string shown = files::printable(text);
  std::erase(text, ' ');
  const auto arrow = text.find("->");
  std::string inputs = text.substr(0, arrow);
  Equation e;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < c.inputs(); ++i) {
    const auto comma = std::min(inputs.find(','), inputs.size());
    const std::string part = inputs.substr(0, comma);
    inputs = inputs.substr(std::min(comma + 1, inputs.size()));
    const bool dots = part.find("...") != std::string::npos;
    const auto rank = static_cast<std::size_t>(rank_of(c.value(i))), named = part.size() - (dots ? 3 : 0);
    require(dots ? named <= rank : named == rank, c.node.where(), " has the equation '", shown, "' for an input ", i,
            " of shape ", to_string(c.value(i).shape()));
    longest = std::max(longest, rank - named);
    e.in.push_back(letters_of(part, digits(rank - named)));
  }
  require(inputs.empty() && longest <= 9, c.node.where(), " has the equation '", shown, "' for ", c.inputs(),
          " inputs");
  const std::string all = digits(longest);
  e.out = arrow == std::string::npos ? implicit_result(text, all) : letters_of(text.substr(arrow + 2), all);
  std::string known;
  for (const std::string& in : e.in) known += in;
  for (const char letter : known + e.out)
    require(std::isalnum(static_cast<unsigned char>(letter)) != 0 && known.find(letter) != std::string::npos &&
                std::count(e.out.begin(), e.out.end(), letter) < 2,
            c.node.where(), " has the equation '", shown, "', which makes no sense");
  return e;
}

Lettered ordered(const Lettered& x, const std::string& letters) {
  if (letters == x.letters) return x;
  std::vector<std::int64_t> order;
  for (const char letter : letters) order.push_back(static_cast<std::int64_t>(x.letters.find(letter)));
  return {transpose(x.value, {order}), letters};
}

/// Of a letter that stands twice the diagonal.
Lettered without_repetition(const OnnxCall& c, Lettered x) {
  for (std::size_t i = 0; i < x.letters.size(); ++i) {
    const char letter = x.letters[i];
    const auto second = x.letters.find(letter, i + 1);
    if (second == std::string::npos) continue;
    const std::int64_t n = x.value.shape()[i];
    require(n == x.value.shape()[second], c.node.where(), " takes the diagonal of ", to_string(x.value.shape()));
    std::vector<std::int64_t> order{static_cast<std::int64_t>(i), static_cast<std::int64_t>(second)}, places;
    std::string letters(1, letter);
    Shape shape{n * n};
    for (std::size_t a = 0; a < x.letters.size(); ++a)
      if (a != i && a != second) {
        order.push_back(static_cast<std::int64_t>(a));
        letters += x.letters[a];
        shape.push_back(x.value.shape()[a]);
      }
    for (std::int64_t k = 0; k < n; ++k) places.push_back(k * (n + 1));
    const Value square = reshape(transpose(x.value, {order}), shape);
    return without_repetition(c, {index_select(square, {.axis = 0, .indices = places}), letters});
  }
  return x;
}

/// The sum over axes that nobody else has.
Lettered summed(const Lettered& x, const std::string& wanted) {
  std::vector<std::int64_t> axes;
  std::string left;
  for (std::size_t a = 0; a < x.letters.size(); ++a)
    if (wanted.find(x.letters[a]) == std::string::npos)
      axes.push_back(static_cast<std::int64_t>(a));
    else
      left += x.letters[a];
  return axes.empty() ? x : Lettered{reduce_sum(x.value, {.axes = axes}), left};
}

/// Both as stacks of matrices: letters of both that are wanted count the stacks, others of both are summed over. An
/// axis of length 1 is repeated.
Lettered product(const OnnxCall& c, const Lettered& a, const Lettered& b, const std::string& wanted) {
  std::string stacks, inner, rows, columns;
  for (const char letter : a.letters) {
    const bool kept = wanted.find(letter) != std::string::npos;
    (b.has(letter) ? (kept ? stacks : inner) : rows) += letter;
    const bool fits = !b.has(letter) || a.length(letter) == b.length(letter) ||
                      (kept && std::min(a.length(letter), b.length(letter)) == 1);
    require(fits, c.node.where(), " has lengths ", a.length(letter), " and ", b.has(letter) ? b.length(letter) : 0,
            " for one letter");
  }
  for (const char letter : b.letters)
    if (!a.has(letter)) columns += letter;
  const auto sized = [](const Lettered& x, const std::string& letters) {
    Shape shape;
    for (const char letter : letters) shape.push_back(x.length(letter));
    return shape;
  };
  const auto matrices = [&](const Lettered& x, const std::string& first, const std::string& second) {
    Shape shape = sized(x, stacks);
    shape.push_back(elements(sized(x, first)));
    shape.push_back(elements(sized(x, second)));
    return reshape(ordered(x, stacks + first + second).value, shape);
  };
  const Value y = matmul(matrices(a, rows, inner), matrices(b, inner, columns));
  Shape shape(y.shape().begin(), y.shape().end() - 2);
  for (const auto& part : {sized(a, rows), sized(b, columns)}) shape.insert(shape.end(), part.begin(), part.end());
  return {reshape(y, shape), stacks + rows + columns};
}

/// Operands are combined from the left to the right.
Value einsum_op(const OnnxCall& c) {
  const Equation e = parsed(c);
  Lettered result;
  for (std::size_t i = 0; i < e.in.size(); ++i) {
    std::string later = e.out;
    for (std::size_t k = i + 1; k < e.in.size(); ++k) later += e.in[k];
    Lettered x = without_repetition(c, {c.value(i), e.in[i]});
    x = summed(x, later + result.letters);
    result = i == 0 ? x : product(c, summed(result, later + x.letters), x, later);
  }
  return ordered(result, e.out).value;
}

}  // namespace

OnnxTable onnx_einsum() { return {{"Einsum", onnx_op(einsum_op)}}; }

}  // namespace backflow::models
