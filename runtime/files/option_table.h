// Options, each said once: its name, its member, what it is, and the values that it takes. Command lines, pages of
// help, JSON, the metadata of checkpoints and all checks come from such a table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <backflow/graph/enum_names.h>

namespace backflow::files {

/// The values that a number may have, min … max; an open end is not among them.
struct Range {
  double min = -std::numeric_limits<double>::infinity(), max = std::numeric_limits<double>::infinity();
  bool open_min = false, open_max = false;

  /// "≥ 1", "above 0", "in 0 … 1", "in [0, 1)".
  std::string text() const;
  bool contains(double value) const;
};

constexpr Range at_least(double min) { return {.min = min}; }
constexpr Range above(double min) { return {.min = min, .open_min = true}; }
constexpr Range below_one() { return {.min = 0, .max = 1, .open_max = true}; }

using Member = std::variant<bool*, std::int64_t*, std::uint64_t*, float*, double*, std::string*, std::filesystem::path*,
                            std::vector<std::int64_t>*, std::vector<double>*, std::optional<std::int64_t>*, EnumMember>;

struct Option {
  std::string name;  // with underscores, as in JSON
  Member member;
  std::string help = {};
  Range range = {};           // of a number, and of each number of a list
  std::string flag = {};      // of the command line, without dashes; empty: the name with hyphens
  std::string formerly = {};  // another name that is read
};

/// The options of one object, which must outlive it.
using OptionTable = std::vector<Option>;

/// "learning-rate": what the command line and the metadata of checkpoints call it.
std::string flag_of(const Option& option);
/// The option with that name, former name or flag, whether with underscores or hyphens; nullptr if there is none.
const Option* find(const OptionTable& table, const std::string& name);
/// The same; throws an Error that suggests near names if there is none. `where` begins its sentence.
const Option& at(const OptionTable& table, const std::string& name, const std::string& where);
std::vector<std::string> names_of(const OptionTable& table);

/// What `option` accepts, in words: "a whole number", "f32, bf16 or auto".
std::string expected(const Option& option);
/// The value as users write it: 0.02, true, 256,256, cosine; empty for what is not set.
std::string text_of(const Option& option);
/// Reads what text_of() writes. Throws an OptionError if `text` is none of what is expected; not for what is out of
/// range. `where` begins its sentence: "[dream] ".
void set(const Option& option, const std::string& text, const std::string& where = "");

/// Throws an OptionError about the first option that is out of its range, not finite, or an empty list; `where` as
/// above.
void check(const OptionTable& table, const std::string& where = "");

/// One line of JSON, in the order of the table. Numbers keep their exact value.
std::string to_json(const OptionTable& table);
/// Sets what the JSON object `text` names. Throws an OptionError if a name is unknown (near ones are suggested) or a
/// value has the wrong type, an Error if it is no object; `where` begins its sentence.
void read_json(const OptionTable& table, const std::string& text, const std::string& where = "");

}  // namespace backflow::files
