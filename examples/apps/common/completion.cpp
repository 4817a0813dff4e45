#include "examples/apps/common/completion.h"

#include <fmt/format.h>

#include <iostream>

namespace backflow {
namespace {

constexpr const char* kWords = "words";  // name of the validator that holds them, which is never active

/// Bash takes --flag=value for three words.
constexpr const char* kHead = R"(_{0}() {{
  local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}"
  if [[ "$cur" == "=" ]]; then
    cur=
  elif [[ "$prev" == "=" ]]; then
    prev="${{COMP_WORDS[COMP_CWORD-2]}}"
  fi
  COMPREPLY=()
  case "$prev" in
)";
constexpr const char* kTail = R"(  esac
  [[ {1} ]] && COMPREPLY=($(compgen -W "{2}" -- "$cur"))
}}
complete -o default -F _{0} {0}
)";

std::string words_of(const CLI::Option& option) {
  try {
    CLI::Validator words = *const_cast<CLI::Option&>(option).get_validator(kWords);
    return words.active(true).get_description();
  } catch (const CLI::OptionNotFound&) {
    return "";
  }
}

bool takes_files(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  for (const char* file : {"FILE", "PATH", "DIR"})
    if (type.find(file) != std::string::npos) return true;
  return false;
}

std::string flags_of(const CLI::Option& option, const char* separator) {
  std::string flags;
  for (const std::string& name : option.get_lnames())
    flags += (flags.empty() ? "--" : separator + std::string("--")) + name;
  for (const std::string& name : option.get_snames())
    flags += (flags.empty() ? "-" : separator + std::string("-")) + name;
  return flags;
}

/// What completes the value behind one flag. Where nothing is offered, the shell offers files.
std::string value_case(const CLI::Option& option) {
  const std::string words = words_of(option);
  std::string offer = "compopt +o default 2>/dev/null; ";
  if (!words.empty())
    offer = fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$cur\")); ", words);
  else if (takes_files(option))
    offer = "";
  return fmt::format("    {}) {}return ;;\n", flags_of(option, "|"), offer);
}

}  // namespace

void complete_with(CLI::Option& option, const std::vector<std::string>& words) {
  option.check(CLI::Validator(fmt::format("{}", fmt::join(words, " "))).name(kWords).active(false));
}

std::string completion_script(const CLI::App& app, const std::string& shell) {
  std::string script = shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
  script += fmt::format(fmt::runtime(kHead), app.get_name());
  std::string flags;
  bool positional = false;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      positional = true;
      continue;
    }
    flags += (flags.empty() ? "" : " ") + flags_of(*option, " ");
    if (option->get_items_expected_max() > 0) script += value_case(*option);
  }
  return script + fmt::format(fmt::runtime(kTail), app.get_name(), positional ? "\"$cur\" == -*" : "true", flags);
}

void add_completion(CLI::App& app) {
  CLI::Option* option = app.add_option_function<std::string>(
      "--completion",
      [&app](const std::string& shell) {
        std::cout << completion_script(app, shell);
        throw CLI::Success();
      },
      "print a script that completes this program's options, and end: bash or zsh");
  option->type_name("SHELL")->group("Program")->check(CLI::IsMember({"bash", "zsh"}));
  complete_with(*option, {"bash", "zsh"});
}

}  // namespace backflow
