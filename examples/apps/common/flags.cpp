#include "examples/apps/common/flags.h"

#include <backflow/graph/error.h>
#include "examples/apps/common/completion.h"

namespace backflow {
namespace {

/// What help shows for the value: N for whole numbers, X for others, nothing for words that the help lists.
std::string type_of(const files::Option& o) {
  const auto& m = o.member;
  if (std::holds_alternative<std::int64_t*>(m) || std::holds_alternative<std::uint64_t*>(m) ||
      std::holds_alternative<std::optional<std::int64_t>*>(m))
    return "N";
  if (std::holds_alternative<std::vector<std::int64_t>*>(m)) return "N,N,...";
  if (std::holds_alternative<std::vector<double>*>(m)) return "X,X,...";
  if (std::holds_alternative<float*>(m) || std::holds_alternative<double*>(m)) return "X";
  if (std::holds_alternative<std::filesystem::path*>(m)) return "PATH";
  if (std::holds_alternative<EnumMember>(m)) return "WORD";
  return "TEXT";
}

std::string help_of(const files::Option& o) {
  if (const auto* e = std::get_if<EnumMember>(&o.member)) return str_cat(o.help, ": ", listed(e->names));
  return o.help;
}

}  // namespace

CLI::Option* add_flag(CLI::App& app, const files::Option& o, const std::function<void(const std::string&)>& on_value) {
  const std::string name = "--" + flag_of(o);
  const std::string default_value = text_of(o);
  if (std::holds_alternative<bool*>(o.member)) {
    const std::string names = default_value == "true" ? name + ",!--no-" + flag_of(o) : name;
    return app.add_flag_function(
        names, [on_value](std::int64_t n) { on_value(n > 0 ? "true" : "false"); }, o.help);
  }
  CLI::Option* flag = app.add_option_function<std::string>(name, on_value, help_of(o))
                          ->type_name(type_of(o))
                          ->default_str(default_value);
  if (const auto* e = std::get_if<EnumMember>(&o.member)) complete_with(*flag, e->names);
  return flag;
}

void add_flags(CLI::App& app, const files::OptionTable& table, const std::string& group) {
  for (const files::Option& option : table)
    add_flag(app, option, [option](const std::string& text) {
      try {
        files::set(option, text);
        files::check({option});
      } catch (const OptionError& e) {
        throw CLI::ValidationError("--" + flag_of(option), e.problem());
      }
    })->group(group);
}

}  // namespace backflow
