#include <backflow/runtime/files/option_table.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::files {
namespace {

using Json = nlohmann::ordered_json;

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::string with(std::string text, char from, char to) {
  std::replace(text.begin(), text.end(), from, to);
  return text;
}

template <class T>
std::vector<T> numbers_of(const std::string& text, bool& ok) {
  std::vector<T> numbers;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    ok = read_number(std::string_view(text).substr(begin, end - begin), numbers.emplace_back()) && ok;
    begin = end + 1;
  }
  return numbers;
}

void check_number(const Option& o, double value, const std::string& text, const std::string& where,
                  const char* of = "") {
  if (!o.range.contains(value)) throw OptionError(o.name, str_cat("needs ", of, o.range.text(), ", got ", text), where);
}

template <class T>
void check_list(const Option& o, const std::vector<T>& list, const std::string& where) {
  if (list.empty() || list.size() > 64)
    throw OptionError(o.name, str_cat("needs 1 … 64 entries, got ", list.size()), where);
  for (const T entry : list) check_number(o, static_cast<double>(entry), fmt::format("{}", entry), where, "entries ");
}

/// Whether it is a whole number, of any length.
bool is_whole(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What a whole number that does not fit its type should have been.
std::string bounds_of(const Option& o) {
  if (std::holds_alternative<std::uint64_t*>(o.member)) return "to be in 0 … 18446744073709551615";
  return std::isinf(o.range.max) ? "to be below 2^63" : o.range.text();
}

/// A float in the fewest digits that give it back: 0.02, not 0.019999999552965164.
double tidy(float value) {
  double result = value;
  read_number(fmt::format("{}", value), result);
  return result;
}

Json json_of(const Option& o) {
  return std::visit(Overloaded{[](const EnumMember& e) { return Json(e.names.at(*e.value)); },
                               [](const float* v) { return Json(tidy(*v)); },
                               [](const std::filesystem::path* v) { return Json(v->string()); },
                               [](const std::optional<std::int64_t>* v) { return *v ? Json(**v) : Json(); },
                               [](const auto* v) { return Json(*v); }},
                    o.member);
}

bool is_list(const Member& m) {
  return std::holds_alternative<std::vector<std::int64_t>*>(m) || std::holds_alternative<std::vector<double>*>(m);
}

bool is_text(const Member& m) {
  return std::holds_alternative<std::string*>(m) || std::holds_alternative<std::filesystem::path*>(m) ||
         std::holds_alternative<EnumMember>(m);
}

/// A JSON value as set() reads it. Throws an OptionError if its type is another than the option's.
std::string text_of(const Option& o, const Json& j, const std::string& where) {
  const auto wrong = [&] {
    return OptionError(o.name, str_cat("needs to be ", expected(o), ", got ", printable(j.dump())), where);
  };
  if (j.is_string() && is_text(o.member)) return j.get<std::string>();
  if (j.is_array() && is_list(o.member)) {
    std::string list;
    for (const Json& entry : j) {
      if (!entry.is_number()) throw wrong();
      list += (list.empty() ? "" : ",") + entry.dump();
    }
    return list;
  }
  const bool boolean = std::holds_alternative<bool*>(o.member);
  if (is_text(o.member) || is_list(o.member) || (boolean ? !j.is_boolean() : !j.is_number())) throw wrong();
  return j.dump();
}

}  // namespace

bool Range::contains(double value) const {
  return std::isfinite(value) && (open_min ? value > min : value >= min) && (open_max ? value < max : value <= max);
}

std::string Range::text() const {
  if (std::isinf(min) && std::isinf(max)) return "to be finite";
  if (std::isinf(max)) return open_min ? fmt::format("to be above {}", min) : fmt::format("to be ≥ {}", min);
  if (open_max) return fmt::format("to be in [{}, {})", min, max);
  return fmt::format("to be in {} … {}", min, max);
}

std::string flag_of(const Option& o) { return o.flag.empty() ? with(o.name, '_', '-') : o.flag; }

const Option* find(const OptionTable& table, const std::string& name) {
  if (name.empty()) return nullptr;
  const std::string key = with(name, '-', '_');
  for (const Option& o : table)
    if (key == o.name || key == o.formerly || key == with(o.flag, '-', '_')) return &o;
  return nullptr;
}

const Option& at(const OptionTable& table, const std::string& name, const std::string& where) {
  const Option* o = find(table, name);
  if (!o) fail(where, no_such("option", name, names_of(table)));
  return *o;
}

std::vector<std::string> names_of(const OptionTable& table) {
  std::vector<std::string> names;
  for (const Option& o : table) names.push_back(o.name);
  return names;
}

std::string expected(const Option& o) {
  return std::visit(
      Overloaded{[](bool*) { return std::string("true or false"); },
                 [](std::int64_t*) { return std::string("a whole number"); },
                 [](std::optional<std::int64_t>*) { return std::string("a whole number"); },
                 [](std::uint64_t*) { return std::string("a whole number ≥ 0"); },
                 [](float*) { return std::string("a number"); }, [](double*) { return std::string("a number"); },
                 [](std::string*) { return std::string("a text"); },
                 [](std::filesystem::path*) { return std::string("a text"); },
                 [](std::vector<std::int64_t>*) { return std::string("a list of whole numbers"); },
                 [](std::vector<double>*) { return std::string("a list of numbers"); },
                 [](const EnumMember& e) { return listed(e.names); }},
      o.member);
}

std::string text_of(const Option& o) {
  return std::visit(
      Overloaded{[](const EnumMember& e) { return e.names.at(*e.value); },
                 [](const std::filesystem::path* v) { return v->string(); },
                 [](const std::optional<std::int64_t>* v) { return *v ? fmt::format("{}", **v) : std::string(); },
                 [](const std::vector<std::int64_t>* v) { return fmt::format("{}", fmt::join(*v, ",")); },
                 [](const std::vector<double>* v) { return fmt::format("{}", fmt::join(*v, ",")); },
                 [](const auto* v) { return fmt::format("{}", *v); }},
      o.member);
}

void set(const Option& o, const std::string& text, const std::string& where) {
  bool ok = true;
  std::visit(Overloaded{[&](bool* v) { ok = text == "true" || text == "false", *v = text == "true"; },
                        [&](std::string* v) { *v = text; }, [&](std::filesystem::path* v) { *v = text; },
                        [&](std::optional<std::int64_t>* v) { ok = read_number(text, v->emplace()); },
                        [&](std::vector<std::int64_t>* v) { *v = numbers_of<std::int64_t>(text, ok); },
                        [&](std::vector<double>* v) { *v = numbers_of<double>(text, ok); },
                        [&](const EnumMember& e) {
                          const auto found = std::find(e.names.begin(), e.names.end(), text);
                          ok = found != e.names.end();
                          if (ok) *e.value = static_cast<std::uint8_t>(found - e.names.begin());
                        },
                        [&](auto* number) { ok = read_number(text, *number); }},
             o.member);
  const bool whole = std::holds_alternative<std::int64_t*>(o.member) ||
                     std::holds_alternative<std::uint64_t*>(o.member) ||
                     std::holds_alternative<std::optional<std::int64_t>*>(o.member);
  if (!ok && whole && is_whole(text))
    throw OptionError(o.name, str_cat("needs ", bounds_of(o), ", got ", printable(text)), where);
  if (!ok) throw OptionError(o.name, str_cat("needs to be ", expected(o), ", got '", printable(text), "'"), where);
}

void check(const OptionTable& table, const std::string& where) {
  for (const Option& o : table)
    std::visit(Overloaded{[](bool*) {}, [](std::string*) {}, [](std::filesystem::path*) {}, [](const EnumMember&) {},
                          [&](const std::optional<std::int64_t>* v) {
                            if (*v) check_number(o, static_cast<double>(**v), text_of(o), where);
                          },
                          [&](const std::vector<std::int64_t>* v) { check_list(o, *v, where); },
                          [&](const std::vector<double>* v) { check_list(o, *v, where); },
                          [&](const auto* v) { check_number(o, static_cast<double>(*v), text_of(o), where); }},
               o.member);
}

std::string to_json(const OptionTable& table) {
  Json j = Json::object();
  for (const Option& o : table) j[o.name] = json_of(o);
  return j.dump();
}

void read_json(const OptionTable& table, const std::string& text, const std::string& where) {
  const Json j = parse_json(text, where);
  require(j.is_object(), where, "the options are no JSON object: '", text.substr(0, 60), "'");
  for (const auto& [name, value] : j.items()) {
    const Option& o = at(table, name, where);
    set(o, text_of(o, value, where), where);
  }
}

}  // namespace backflow::files
